package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.StackSource;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.descriptor.Tss;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;

/**
 * The stacks that the current TSS names.
 *
 * <p>Source: Intel SDM Vol. 3A, "Stack Switching", "Stack Switching in 64-bit Mode" and "32-Bit Task-State Segment (TSS)".
 */
final class TaskStateStacks {

    private final CpuState cpu;
    private final LinearMemory memory;
    private final DescriptorTables tables;
    private final Checks checks;

    TaskStateStacks(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
        this.tables = new DescriptorTables(cpu, memory);
        this.checks = new Checks(cpu);
    }

    /** RSP0 to RSP2 of a 64-bit TSS; #TS(TR) if it lies beyond its limit. */
    long rsp(int newCpl, int ext) {
        return read64(StackSource.values()[StackSource.RSP0.ordinal() + newCpl], Tss.rspOffset(newCpl), newCpl, ext);
    }

    /** IST1 to IST7 of a 64-bit TSS; #TS(TR) if it lies beyond its limit. */
    long ist(int ist, int newCpl, int ext) {
        return read64(StackSource.values()[StackSource.IST1.ordinal() + ist - 1], Tss.istOffset(ist), newCpl, ext);
    }

    private long read64(StackSource source, int offset, int newCpl, int ext) {
        long linear = locate(offset, Long.BYTES, ext);
        long rsp = memory.readSystem(linear, Long.BYTES);
        noteChosen(source, linear, rsp, newCpl);
        return rsp;
    }

    /**
     * SS0:ESP0 to SS2:ESP2 of a 32-bit TSS, with all checks of the stack segment: #TS, and #SS(selector) if it is not
     * present.
     *
     * @throws NotEmulated if the TSS is a 16-bit one
     */
    ProtectedModeStack inner(int newCpl, int ext) {
        Descriptor tss = cpu.descriptor(SystemRegister.TR);
        int busy = SegmentDescriptor.of(tss).type() | SegmentDescriptor.BUSY;
        if (busy == SegmentDescriptor.TYPE_TSS_16_BUSY) throw new NotEmulated("stack switch by a 16-bit TSS");
        long linear = locate(Tss.espOffset(newCpl), Integer.BYTES + Short.BYTES, ext);
        int selector = (int) memory.readSystem(linear + Integer.BYTES, Short.BYTES);
        long esp = memory.readSystem(linear, Integer.BYTES);
        noteChosen(StackSource.values()[StackSource.RSP0.ordinal() + newCpl], linear, esp, newCpl);
        return new ProtectedModeStack(cpu, memory, selector, segment(selector, newCpl, ext), esp, newCpl);
    }

    private long locate(int offset, int sizeBytes, int ext) {
        Descriptor tss = cpu.descriptor(SystemRegister.TR);
        int lastByte = offset + sizeBytes - 1;
        int code = SelectorError.ofSelector(tss.selector(), ext);
        boolean inside = lastByte <= tss.limitBytes();
        checks.require(Rule.TSS_LIMIT, inside, lastByte, tss.limitBytes(), ExceptionVector.TS, code);
        return tss.base() + offset;
    }

    void noteChosen(StackSource source, long linear, long rsp, int newCpl) {
        if (!cpu.sink().wantsMicroOps()) return;
        cpu.sink().note(new MicroOp.StackChosen(source, linear, rsp, cpu.cpl(), newCpl));
    }

    private SegmentDescriptor segment(int selector, int newCpl, int ext) {
        int code = SelectorError.ofSelector(selector, ext);
        boolean named = !SegmentDescriptor.isNull(selector);
        checks.require(Rule.STACK_SELECTOR_NOT_NULL, named, selector, 0, ExceptionVector.TS, ext);
        checks.require(
                Rule.STACK_SELECTOR_LIMIT,
                tables.isInside(selector),
                DescriptorTables.lastByte(selector),
                tables.limitBytes(selector),
                ExceptionVector.TS,
                code);
        int rpl = SegmentDescriptor.rpl(selector);
        checks.require(Rule.STACK_RPL, rpl == newCpl, rpl, newCpl, ExceptionVector.TS, code);
        SegmentDescriptor found = tables.read(selector);
        checks.require(Rule.STACK_DPL, found.dpl() == newCpl, found.dpl(), newCpl, ExceptionVector.TS, code);
        int type = found.attributes() & 0x1f;
        checks.require(Rule.STACK_WRITABLE, found.isWritable(), type, 0x12, ExceptionVector.TS, code);
        boolean present = found.isPresent();
        checks.require(Rule.STACK_PRESENT, present, present ? 1 : 0, 1, ExceptionVector.SS, code);
        return found;
    }
}
