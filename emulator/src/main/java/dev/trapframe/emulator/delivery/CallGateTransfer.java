package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.StackSource;
import dev.trapframe.emulator.descriptor.CallGate;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.descriptor.Tss;
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
public final class CallGateTransfer {

    private static final int CODE = 0x18;
    private static final int PUSHED_TO_INNER_LEVEL = 4;
    private static final int PUSHED_TO_SAME_LEVEL = 2;

    private final CpuState cpu;
    private final LinearMemory memory;
    private final DescriptorTables tables;
    private final Checks checks;

    public CallGateTransfer(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
        this.tables = new DescriptorTables(cpu, memory);
        this.checks = new Checks(cpu);
    }

    /**
     * CALL: to the same or a more privileged level, or throws the fault of the first check that fails.
     *
     * @param selector names the gate
     * @param nextRip  what is pushed as RIP
     * @return the target, to become RIP
     */
    public long call(int selector, long nextRip) {
        CallGate gate = gate(selector);
        SegmentDescriptor target = target(gate, true);
        int newCpl = target.isConforming() ? cpu.cpl() : target.dpl();
        boolean switches = newCpl != cpu.cpl();
        long oldRsp = cpu.rsp();
        long rsp = switches ? innerStack(newCpl) : oldRsp;
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
        enter(gate, code, newCpl);
        cpu.setRsp(rsp);
        return gate.offset();
    }

    /**
     * JMP: to the same level, or throws the fault of the first check that fails.
     *
     * @param selector names the gate
     * @return the target, to become RIP
     */
    public long jump(int selector) {
        CallGate gate = gate(selector);
        SegmentDescriptor target = target(gate, false);
        requireCanonicalTarget(gate);
        enter(gate, tables.markAccessed(gate.selector(), target), cpu.cpl());
        return gate.offset();
    }

    private CallGate gate(int selector) {
        int code = SelectorError.ofSelector(selector, 0);
        long lastByte = DescriptorTables.lastByte(selector) + Long.BYTES;
        long limit = tables.limitBytes(selector);
        checks.require(Rule.CALL_GATE_LIMIT, lastByte <= limit, lastByte, limit, ExceptionVector.GP, code);
        CallGate gate = read(selector);
        checks.require(Rule.CALL_GATE_TYPE, gate.isCallGate(), gate.upperType(), 0, ExceptionVector.GP, code);
        checks.require(Rule.CALL_GATE_DPL, gate.dpl() >= cpu.cpl(), gate.dpl(), cpu.cpl(), ExceptionVector.GP, code);
        int rpl = SegmentDescriptor.rpl(selector);
        checks.require(Rule.CALL_GATE_RPL, gate.dpl() >= rpl, gate.dpl(), rpl, ExceptionVector.GP, code);
        checks.require(Rule.CALL_GATE_PRESENT, gate.present(), gate.present() ? 1 : 0, 1, ExceptionVector.NP, code);
        return gate;
    }

    private CallGate read(int selector) {
        long linear = tables.address(selector);
        long low = memory.readSystem(linear, Long.BYTES);
        long high = memory.readSystem(linear + Long.BYTES, Long.BYTES);
        CallGate gate = CallGate.parse(low, high);
        if (cpu.sink().wantsMicroOps()) {
            cpu.sink()
                    .note(new MicroOp.CallGateRead(
                            selector, linear, low, high, gate.selector(), gate.offset(), gate.dpl(), gate.present()));
        }
        return gate;
    }

    private SegmentDescriptor target(CallGate gate, boolean isCall) {
        int selector = gate.selector();
        int code = SelectorError.ofSelector(selector, 0);
        checks.require(
                Rule.TARGET_SELECTOR_NOT_NULL, !SegmentDescriptor.isNull(selector), selector, 0, ExceptionVector.GP, 0);
        checks.require(
                Rule.TARGET_SELECTOR_LIMIT,
                tables.isInside(selector),
                DescriptorTables.lastByte(selector),
                tables.limitBytes(selector),
                ExceptionVector.GP,
                code);
        SegmentDescriptor target = tables.read(selector);
        checks.require(
                Rule.TARGET_IS_CODE, target.isCode(), target.attributes() & 0x1f, CODE, ExceptionVector.GP, code);
        boolean mayEnter = isCall || target.isConforming() ? target.dpl() <= cpu.cpl() : target.dpl() == cpu.cpl();
        checks.require(
                isCall ? Rule.TARGET_DPL : Rule.TARGET_DPL_OF_JMP,
                mayEnter,
                target.dpl(),
                cpu.cpl(),
                ExceptionVector.GP,
                code);
        boolean longMode = target.isLong() && !target.isBig();
        checks.require(Rule.TARGET_LONG_MODE, longMode, target.attributes() >> 13 & 3, 1, ExceptionVector.GP, code);
        checks.require(
                Rule.TARGET_PRESENT, target.isPresent(), target.isPresent() ? 1 : 0, 1, ExceptionVector.NP, code);
        return target;
    }

    private long innerStack(int newCpl) {
        int offset = Tss.rspOffset(newCpl);
        Descriptor tss = cpu.descriptor(SystemRegister.TR);
        int lastByte = offset + Long.BYTES - 1;
        checks.require(
                Rule.TSS_LIMIT,
                lastByte <= tss.limitBytes(),
                lastByte,
                tss.limitBytes(),
                ExceptionVector.TS,
                SelectorError.ofSelector(tss.selector(), 0));
        long linear = tss.base() + offset;
        long rsp = memory.readSystem(linear, Long.BYTES);
        if (cpu.sink().wantsMicroOps()) {
            StackSource source = StackSource.values()[StackSource.RSP0.ordinal() + newCpl];
            cpu.sink().note(new MicroOp.StackChosen(source, linear, rsp, cpu.cpl(), newCpl));
        }
        return rsp;
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

    private void enter(CallGate gate, SegmentDescriptor code, int newCpl) {
        cpu.setSegment(SegmentRegister.CS, code.loadedAs(gate.selector() & 0xfffc | newCpl));
        if (newCpl != cpu.cpl()) cpu.setCpl(newCpl);
    }
}
