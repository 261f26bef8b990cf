package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;

/**
 * What far CALL and JMP ask of a call gate and of its target, whatever the gate's width.
 *
 * <p>Source: Intel SDM Vol. 3A, "Accessing a Code Segment Through a Call Gate".
 */
final class CallGateRules {

    private final CpuState cpu;
    private final DescriptorTables tables;
    private final Checks checks;

    CallGateRules(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.tables = new DescriptorTables(cpu, memory);
        this.checks = new Checks(cpu);
    }

    /** #GP(selector) unless all bytes of the gate lie inside of its table. */
    void requireInside(int selector, int sizeBytes) {
        long lastByte = DescriptorTables.lastByte(selector) + sizeBytes - SegmentDescriptor.SIZE_BYTES;
        long limit = tables.limitBytes(selector);
        int code = SelectorError.ofSelector(selector, 0);
        checks.require(Rule.CALL_GATE_LIMIT, lastByte <= limit, lastByte, limit, ExceptionVector.GP, code);
    }

    void noteRead(MicroOp.CallGateRead read) {
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(read);
    }

    /** #GP(selector) and #NP(selector) of the gate itself. */
    void requireUsable(int selector, int dpl, boolean present) {
        int code = SelectorError.ofSelector(selector, 0);
        checks.require(Rule.CALL_GATE_DPL, dpl >= cpu.cpl(), dpl, cpu.cpl(), ExceptionVector.GP, code);
        int rpl = SegmentDescriptor.rpl(selector);
        checks.require(Rule.CALL_GATE_RPL, dpl >= rpl, dpl, rpl, ExceptionVector.GP, code);
        checks.require(Rule.CALL_GATE_PRESENT, present, present ? 1 : 0, 1, ExceptionVector.NP, code);
    }

    /** #GP(selector): CALL may go to an inner level, JMP stays at its own. */
    void requireTargetDpl(SegmentDescriptor target, int selector, boolean isCall) {
        int code = SelectorError.ofSelector(selector, 0);
        boolean mayEnter = isCall || target.isConforming() ? target.dpl() <= cpu.cpl() : target.dpl() == cpu.cpl();
        Rule rule = isCall ? Rule.TARGET_DPL : Rule.TARGET_DPL_OF_JMP;
        checks.require(rule, mayEnter, target.dpl(), cpu.cpl(), ExceptionVector.GP, code);
    }
}
