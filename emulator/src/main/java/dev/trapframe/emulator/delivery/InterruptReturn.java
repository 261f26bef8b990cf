package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;
import org.jspecify.annotations.Nullable;

/**
 * IRET, IRETD and IRETQ in long mode. All checks come before the first register changes, so a refused return is an
 * ordinary fault of the IRET.
 *
 * <p>Source: Intel SDM Vol. 2A, "IRET/IRETD/IRETQ", Operation.
 */
public final class InterruptReturn {

    private static final long FLAGS_16 =
            Rflags.CF | Rflags.PF | Rflags.AF | Rflags.ZF | Rflags.SF | Rflags.TF | Rflags.DF | Rflags.OF | Rflags.NT;
    private static final long FLAGS_32 = FLAGS_16 | Rflags.RF | Rflags.AC | Rflags.ID;
    private static final SegmentRegister[] DATA_SEGMENTS = {
        SegmentRegister.ES, SegmentRegister.DS, SegmentRegister.FS, SegmentRegister.GS
    };

    private final CpuState cpu;
    private final LinearMemory memory;
    private final DescriptorTables tables;
    private final Checks checks;

    public InterruptReturn(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
        this.tables = new DescriptorTables(cpu, memory);
        this.checks = new Checks(cpu);
    }

    /** The words that were popped, not yet trusted. */
    private record Frame(
            long rip, int selector, long rflags, long rsp, int stackSelector, boolean hasStack, long rspAfter) {}

    /** Returns, or throws the fault of the first check that fails. The operand size is 2, 4 or 8. */
    public void execute(int operandSizeBytes) {
        if (!cpu.inIa32eMode()) throw new NotEmulated("IRET outside of IA-32e mode");
        boolean nested = cpu.flag(Rflags.NT);
        checks.require(Rule.IRET_NESTED_TASK, !nested, nested ? 1 : 0, 0, ExceptionVector.GP, 0);
        Frame frame = pop(operandSizeBytes);
        SegmentDescriptor code = codeSegment(frame.selector());
        SegmentDescriptor stack = frame.hasStack() ? stackSegment(frame, code) : null;
        boolean reachable = code.isLong()
                ? cpu.isCanonical(frame.rip())
                : Long.compareUnsigned(frame.rip(), code.limitBytes()) <= 0;
        checks.require(Rule.RETURN_CANONICAL, reachable, frame.rip(), 0, ExceptionVector.GP, 0);
        load(frame, code, stack, operandSizeBytes);
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

        private long linearOf(long offset) {
            if (cpu.in64BitMode()) return offset;
            Descriptor held = cpu.descriptor(SystemRegister.SS);
            SegmentDescriptor stack = new SegmentDescriptor(held.base(), held.limitBytes(), held.attributes());
            if (!stack.contains(offset, size)) throw new Fault(ExceptionVector.SS, 0);
            return stack.base() + offset & 0xffff_ffffL;
        }

        long pop(FrameSlot slot) {
            long linear = linearOf(cpu.stackOffset(rsp));
            long value = memory.read(SegmentRegister.SS, linear, size);
            rsp += size;
            if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.Popped(slot, linear, value));
            return value;
        }
    }

    private SegmentDescriptor codeSegment(int selector) {
        int code = SelectorError.ofSelector(selector, 0);
        int rpl = SegmentDescriptor.rpl(selector);
        checks.require(
                Rule.RETURN_SELECTOR_NOT_NULL, !SegmentDescriptor.isNull(selector), selector, 0, ExceptionVector.GP, 0);
        checks.require(
                Rule.RETURN_SELECTOR_LIMIT,
                tables.isInside(selector),
                DescriptorTables.lastByte(selector),
                tables.limitBytes(selector),
                ExceptionVector.GP,
                code);
        SegmentDescriptor target = tables.read(selector);
        checks.require(
                Rule.RETURN_IS_CODE, target.isCode(), target.attributes() & 0x1f, 0x18, ExceptionVector.GP, code);
        checks.require(Rule.RETURN_RPL, rpl >= cpu.cpl(), rpl, cpu.cpl(), ExceptionVector.GP, code);
        boolean dplPermits = target.isConforming() ? target.dpl() <= rpl : target.dpl() == rpl;
        checks.require(Rule.RETURN_DPL, dplPermits, target.dpl(), rpl, ExceptionVector.GP, code);
        boolean oneWidth = !(target.isLong() && target.isBig());
        checks.require(Rule.RETURN_LONG_MODE, oneWidth, target.attributes() >> 13 & 3, 1, ExceptionVector.GP, code);
        checks.require(
                Rule.RETURN_PRESENT, target.isPresent(), target.isPresent() ? 1 : 0, 1, ExceptionVector.NP, code);
        return target;
    }

    /** The stack segment to return to; null for the null selector, which 64-bit code below CPL 3 may have. */
    private @Nullable SegmentDescriptor stackSegment(Frame frame, SegmentDescriptor code) {
        int selector = frame.stackSelector();
        int newCpl = SegmentDescriptor.rpl(frame.selector());
        int errorCode = SelectorError.ofSelector(selector, 0);
        boolean sameRpl = SegmentDescriptor.rpl(selector) == newCpl;
        if (SegmentDescriptor.isNull(selector)) {
            boolean permitted = code.isLong() && newCpl != 3 && sameRpl;
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
        if (newCpl > oldCpl) dropInnerSegments(newCpl);
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

    /** Data segments that the outer level may not use become null, and null selectors become 0 whatever their RPL. */
    private void dropInnerSegments(int newCpl) {
        for (SegmentRegister segment : DATA_SEGMENTS) {
            if (SegmentDescriptor.isNull(cpu.selector(segment))) {
                if (cpu.selector(segment) != 0) tables.loadNull(segment);
                continue;
            }
            Descriptor loaded = cpu.descriptor(SystemRegister.values()[segment.ordinal()]);
            SegmentDescriptor held = new SegmentDescriptor(loaded.base(), loaded.limitBytes(), loaded.attributes());
            if (!held.isConforming() && held.dpl() < newCpl) tables.loadNull(segment);
        }
    }
}
