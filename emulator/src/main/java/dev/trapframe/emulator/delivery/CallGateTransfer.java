package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.descriptor.CallGate;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.Privilege;
import dev.trapframe.emulator.state.CpuState;

/**
 * Far CALL and JMP through a 64-bit call gate. The target runs in 64-bit mode, and every word pushed is 8 bytes wide,
 * whatever the operand size and the mode of the caller. Registers change only after the last push; words already pushed
 * stay in memory if a later one faults.
 *
 * <p>Source: Intel SDM Vol. 2A, CALL and JMP, Operation; Vol. 3A, "Accessing a Code Segment Through a Call Gate" and
 * "Stack Switching in 64-bit Mode".
 */
final class CallGateTransfer {

    private static final int PUSHED_TO_INNER_LEVEL = 4;
    private static final int PUSHED_TO_SAME_LEVEL = 2;

    private final CpuState cpu;
    private final LinearMemory memory;
    private final DescriptorTables tables;
    private final CodeSegments codeSegments;
    private final CallGateRules rules;
    private final TaskStateStacks stacks;
    private final Checks checks;

    CallGateTransfer(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
        this.tables = new DescriptorTables(cpu, memory);
        this.codeSegments = new CodeSegments(cpu, memory);
        this.rules = new CallGateRules(cpu, memory);
        this.stacks = new TaskStateStacks(cpu, memory);
        this.checks = new Checks(cpu);
    }

    /**
     * CALL: to the same or a more privileged level, or throws the fault of the first check that fails.
     *
     * @param selector names the gate
     * @param nextRip  what is pushed as RIP
     * @return the target, to become RIP
     */
    long call(int selector, long nextRip) {
        CallGate gate = gate(selector);
        SegmentDescriptor target = target(gate, true);
        int newCpl = target.isConforming() ? cpu.cpl() : target.dpl();
        boolean switches = newCpl != cpu.cpl();
        long oldRsp = cpu.rsp();
        long rsp = switches ? stacks.rsp(newCpl, 0) : oldRsp;
        requireRoom(rsp, switches ? PUSHED_TO_INNER_LEVEL : PUSHED_TO_SAME_LEVEL);
        requireCanonicalTarget(gate);

        Privilege privilege = Privilege.ofCpl(newCpl);
        if (switches) {
            rsp = push(privilege, rsp, cpu.selector(SegmentRegister.SS));
            rsp = push(privilege, rsp, oldRsp);
        }
        rsp = push(privilege, rsp, cpu.selector(SegmentRegister.CS));
        rsp = push(privilege, rsp, nextRip);

        SegmentDescriptor code = tables.markAccessed(gate.selector(), target);
        if (switches) tables.loadNullStackSegment(newCpl);
        tables.loadCode(gate.selector(), code, newCpl);
        cpu.setRsp(rsp);
        return gate.offset();
    }

    /**
     * JMP: to the same level, or throws the fault of the first check that fails.
     *
     * @param selector names the gate
     * @return the target, to become RIP
     */
    long jump(int selector) {
        CallGate gate = gate(selector);
        SegmentDescriptor target = target(gate, false);
        requireCanonicalTarget(gate);
        tables.loadCode(gate.selector(), tables.markAccessed(gate.selector(), target), cpu.cpl());
        return gate.offset();
    }

    private CallGate gate(int selector) {
        rules.requireInside(selector, CallGate.SIZE_BYTES);
        long linear = tables.address(selector);
        long low = memory.readSystem(linear, Long.BYTES);
        long high = memory.readSystem(linear + Long.BYTES, Long.BYTES);
        CallGate gate = CallGate.parse(low, high);
        rules.noteRead(new MicroOp.CallGateRead(
                selector, linear, low, high, gate.selector(), gate.offset(), gate.dpl(), gate.present()));
        int code = SelectorError.ofSelector(selector, 0);
        checks.require(Rule.CALL_GATE_TYPE, gate.isCallGate(), gate.upperType(), 0, ExceptionVector.GP, code);
        rules.requireUsable(selector, gate.dpl(), gate.present());
        return gate;
    }

    private SegmentDescriptor target(CallGate gate, boolean isCall) {
        int selector = gate.selector();
        SegmentDescriptor target = codeSegments.find(selector, 0, CodeSegments.TARGET);
        rules.requireTargetDpl(target, selector, isCall);
        codeSegments.requireWidth(target.isLong() && !target.isBig(), target, selector, 0, CodeSegments.TARGET);
        codeSegments.requirePresent(target, selector, 0, CodeSegments.TARGET);
        return target;
    }

    /** #SS(0) unless all words to push have canonical addresses: the new SS is null, so its selector says nothing. */
    private void requireRoom(long rsp, int words) {
        boolean room = cpu.isCanonical(rsp - 1) && cpu.isCanonical(rsp - (long) words * Long.BYTES);
        checks.require(Rule.STACK_CANONICAL, room, rsp, 0, ExceptionVector.SS, 0);
    }

    private void requireCanonicalTarget(CallGate gate) {
        checks.require(Rule.TARGET_CANONICAL, cpu.isCanonical(gate.offset()), gate.offset(), 0, ExceptionVector.GP, 0);
    }

    private long push(Privilege privilege, long rsp, long value) {
        long linear = rsp - Long.BYTES;
        memory.writeAs(privilege, SegmentRegister.SS, linear, Long.BYTES, value);
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.MemoryWritten(linear, Long.BYTES, value));
        return linear;
    }
}
