package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;
import org.jspecify.annotations.Nullable;

/**
 * IRET, IRETD and IRETQ, in IA-32e mode and outside of it. All checks come before the first register changes, so a refused return is an
 * ordinary fault of the IRET.
 *
 * <p>Source: Intel SDM Vol. 2A, "IRET/IRETD/IRETQ", Operation.
 */
public final class InterruptReturn {

    private static final long FLAGS_16 =
            Rflags.CF | Rflags.PF | Rflags.AF | Rflags.ZF | Rflags.SF | Rflags.TF | Rflags.DF | Rflags.OF | Rflags.NT;
    private static final long FLAGS_32 = FLAGS_16 | Rflags.RF | Rflags.AC | Rflags.ID;

    private final CpuState cpu;
    private final LinearMemory memory;
    private final DescriptorTables tables;
    private final CodeSegments codeSegments;
    private final Checks checks;

    public InterruptReturn(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
        this.tables = new DescriptorTables(cpu, memory);
        this.codeSegments = new CodeSegments(cpu, memory);
        this.checks = new Checks(cpu);
    }

    /** The words that were popped, not yet trusted. */
    private record Frame(
            long rip, int selector, long rflags, long rsp, int stackSelector, boolean hasStack, long rspAfter) {}

    /** Returns, or throws the fault of the first check that fails. The operand size is 2, 4 or 8. */
    public void execute(int operandSizeBytes) {
        boolean nested = cpu.flag(Rflags.NT);
        if (nested && !cpu.inIa32eMode()) throw new NotEmulated("task return: IRET with RFLAGS.NT = 1");
        checks.require(Rule.IRET_NESTED_TASK, !nested, nested ? 1 : 0, 0, ExceptionVector.GP, 0);
        Frame frame = pop(operandSizeBytes);
        if (returnsToVirtual8086(frame, operandSizeBytes)) throw new NotEmulated("IRET to virtual-8086 mode");
        SegmentDescriptor code = codeSegment(frame.selector());
        SegmentDescriptor stack = frame.hasStack() ? stackSegment(frame, code) : null;
        boolean reachable = is64Bit(code)
                ? cpu.isCanonical(frame.rip())
                : Long.compareUnsigned(frame.rip(), code.limitBytes()) <= 0;
        checks.require(Rule.RETURN_CANONICAL, reachable, frame.rip(), 0, ExceptionVector.GP, 0);
        load(frame, code, stack, operandSizeBytes);
    }

    private boolean returnsToVirtual8086(Frame frame, int operandSizeBytes) {
        boolean may = !cpu.inIa32eMode() && cpu.cpl() == 0 && operandSizeBytes == Integer.BYTES;
        return may && (frame.rflags() & Rflags.VM) != 0;
    }

    /** Outside of IA-32e mode the L bit of a code segment says nothing. */
    private boolean is64Bit(SegmentDescriptor code) {
        return cpu.inIa32eMode() && code.isLong();
    }

    private Frame pop(int size) {
        Pops pops = new Pops(cpu.rsp(), size);
        long rip = pops.pop(FrameSlot.RIP);
        int selector = (int) pops.pop(FrameSlot.CS) & 0xffff;
        long rflags = pops.pop(FrameSlot.RFLAGS);
        boolean hasStack = cpu.in64BitMode() || SegmentDescriptor.rpl(selector) > cpu.cpl();
        if (!hasStack) return new Frame(rip, selector, rflags, 0, 0, false, pops.rsp);
        long rsp = pops.pop(FrameSlot.RSP);
        int stackSelector = (int) pops.pop(FrameSlot.SS) & 0xffff;
        return new Frame(rip, selector, rflags, rsp, stackSelector, true, pops.rsp);
    }

    private final class Pops {
        private final int size;
        private long rsp;

        Pops(long rsp, int size) {
            this.rsp = rsp;
            this.size = size;
        }

        long pop(FrameSlot slot) {
            long linear = StackSegment.linear(cpu, rsp, size);
            long value = memory.read(SegmentRegister.SS, linear, size);
            rsp += size;
            if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.Popped(slot, linear, value));
            return value;
        }
    }

    private SegmentDescriptor codeSegment(int selector) {
        int code = SelectorError.ofSelector(selector, 0);
        int rpl = SegmentDescriptor.rpl(selector);
        SegmentDescriptor target = codeSegments.find(selector, 0, CodeSegments.RETURN);
        checks.require(Rule.RETURN_RPL, rpl >= cpu.cpl(), rpl, cpu.cpl(), ExceptionVector.GP, code);
        boolean dplPermits = target.isConforming() ? target.dpl() <= rpl : target.dpl() == rpl;
        checks.require(Rule.RETURN_DPL, dplPermits, target.dpl(), rpl, ExceptionVector.GP, code);
        if (cpu.inIa32eMode()) {
            boolean oneWidth = !(target.isLong() && target.isBig());
            codeSegments.requireWidth(oneWidth, target, selector, 0, CodeSegments.RETURN);
        }
        codeSegments.requirePresent(target, selector, 0, CodeSegments.RETURN);
        return target;
    }

    /** The stack segment to return to; null for the null selector, which 64-bit code below CPL 3 may have. */
    private @Nullable SegmentDescriptor stackSegment(Frame frame, SegmentDescriptor code) {
        int selector = frame.stackSelector();
        int newCpl = SegmentDescriptor.rpl(frame.selector());
        int errorCode = SelectorError.ofSelector(selector, 0);
        boolean sameRpl = SegmentDescriptor.rpl(selector) == newCpl;
        if (SegmentDescriptor.isNull(selector)) {
            boolean permitted = is64Bit(code) && newCpl != 3 && sameRpl;
            checks.require(Rule.RETURN_STACK_SELECTOR, permitted, selector, newCpl, ExceptionVector.GP, 0);
            return null;
        }
        boolean inside = tables.isInside(selector);
        if (!inside) checks.require(Rule.RETURN_STACK_SELECTOR, false, selector, newCpl, ExceptionVector.GP, errorCode);
        SegmentDescriptor stack = tables.read(selector);
        boolean fits = sameRpl && stack.isWritable() && stack.dpl() == newCpl;
        checks.require(Rule.RETURN_STACK_SELECTOR, fits, selector, newCpl, ExceptionVector.GP, errorCode);
        checks.require(
                Rule.RETURN_STACK_PRESENT,
                stack.isPresent(),
                stack.isPresent() ? 1 : 0,
                1,
                ExceptionVector.SS,
                errorCode);
        return stack;
    }

    private void load(Frame frame, SegmentDescriptor code, @Nullable SegmentDescriptor stack, int size) {
        int oldCpl = cpu.cpl();
        int newCpl = SegmentDescriptor.rpl(frame.selector());
        SegmentDescriptor codeUsed = tables.markAccessed(frame.selector(), code);
        SegmentDescriptor stackUsed = stack == null ? null : tables.markAccessed(frame.stackSelector(), stack);
        cpu.setRflags(rflags(frame.rflags(), size, oldCpl));
        cpu.setSegment(SegmentRegister.CS, codeUsed.loadedAs(frame.selector()));
        if (stackUsed != null) cpu.setSegment(SegmentRegister.SS, stackUsed.loadedAs(frame.stackSelector()));
        else if (frame.hasStack()) tables.loadNullStackSegment(newCpl);
        cpu.setCpl(newCpl);
        cpu.setStackPointer(frame.hasStack() ? frame.rsp() : frame.rspAfter());
        cpu.setRip(frame.rip());
        if (newCpl > oldCpl) OuterLevel.dropInnerSegments(cpu, newCpl);
        if (cpu.sink().wantsMicroOps()) {
            cpu.sink().note(new MicroOp.Returned(frame.selector(), frame.rip(), oldCpl, newCpl));
        }
    }

    /** IF changes only if CPL was at most IOPL, IOPL only at CPL 0: both as they were before the return. */
    private long rflags(long image, int size, int oldCpl) {
        long old = cpu.rflags();
        long mask = size == 2 ? FLAGS_16 : FLAGS_32;
        if (oldCpl <= (old & Rflags.IOPL) >> Rflags.IOPL_SHIFT) mask |= Rflags.IF;
        if (oldCpl == 0) mask |= size == 2 ? Rflags.IOPL : Rflags.IOPL | Rflags.VIF | Rflags.VIP;
        return old & ~mask | image & mask | Rflags.ALWAYS_ONE;
    }
}
