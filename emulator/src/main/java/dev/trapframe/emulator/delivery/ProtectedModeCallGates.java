package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.descriptor.ProtectedModeGate;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;

/**
 * Far CALL and JMP through a call gate of 8 bytes, outside of IA-32e mode. The gate's type says how wide the words are
 * that are pushed, whatever the operand size.
 *
 * <p>Source: Intel SDM Vol. 2A, CALL and JMP, Operation; Vol. 3A, "Accessing a Code Segment Through a Call Gate" and
 * "Stack Switching".
 */
final class ProtectedModeCallGates {

    private static final int WORDS_TO_INNER_LEVEL = 4;
    private static final int WORDS_TO_SAME_LEVEL = 2;

    private final CpuState cpu;
    private final LinearMemory memory;
    private final DescriptorTables tables;
    private final CodeSegments codeSegments;
    private final CallGateRules rules;
    private final TaskStateStacks stacks;

    ProtectedModeCallGates(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
        this.tables = new DescriptorTables(cpu, memory);
        this.codeSegments = new CodeSegments(cpu, memory);
        this.rules = new CallGateRules(cpu, memory);
        this.stacks = new TaskStateStacks(cpu, memory);
    }

    /**
     * CALL: to the same or a more privileged level, or throws the fault of the first check that fails.
     *
     * @param selector names the gate
     * @param nextEip  what is pushed as EIP
     * @return the target, to become EIP
     */
    long call(int selector, long nextEip) {
        ProtectedModeGate gate = gate(selector);
        SegmentDescriptor target = target(gate, true);
        int newCpl = target.isConforming() ? cpu.cpl() : target.dpl();
        boolean switches = newCpl != cpu.cpl();
        ProtectedModeStack stack = switches ? stacks.inner(newCpl, 0) : ProtectedModeStack.current(cpu, memory);
        int words = switches ? WORDS_TO_INNER_LEVEL + gate.parameters() : WORDS_TO_SAME_LEVEL;
        stack.requireRoom(words, gate.wordBytes(), switches ? SelectorError.ofSelector(stack.selector(), 0) : 0);
        codeSegments.requireInside(target, gate.offset(), 0);

        if (switches) pushOldStack(stack, gate);
        stack.push(gate.wordBytes(), cpu.selector(SegmentRegister.CS));
        stack.push(gate.wordBytes(), nextEip);
        SegmentDescriptor code = tables.markAccessed(gate.selector(), target);
        if (switches) stack.loadSegment(tables);
        tables.loadCode(gate.selector(), code, newCpl);
        cpu.setRsp(stack.esp());
        return gate.offset();
    }

    /**
     * JMP: to the same level, or throws the fault of the first check that fails.
     *
     * @param selector names the gate
     * @return the target, to become EIP
     */
    long jump(int selector) {
        ProtectedModeGate gate = gate(selector);
        SegmentDescriptor target = target(gate, false);
        codeSegments.requireInside(target, gate.offset(), 0);
        tables.loadCode(gate.selector(), tables.markAccessed(gate.selector(), target), cpu.cpl());
        return gate.offset();
    }

    private ProtectedModeGate gate(int selector) {
        rules.requireInside(selector, ProtectedModeGate.SIZE_BYTES);
        long linear = tables.address(selector);
        long raw = memory.readSystem(linear, ProtectedModeGate.SIZE_BYTES);
        ProtectedModeGate gate = ProtectedModeGate.parse(raw);
        rules.noteRead(new MicroOp.CallGateRead(
                selector, linear, raw, 0, gate.selector(), gate.offset(), gate.dpl(), gate.present()));
        rules.requireUsable(selector, gate.dpl(), gate.present());
        return gate;
    }

    private SegmentDescriptor target(ProtectedModeGate gate, boolean isCall) {
        int selector = gate.selector();
        SegmentDescriptor target = codeSegments.find(selector, 0, CodeSegments.TARGET);
        rules.requireTargetDpl(target, selector, isCall);
        codeSegments.requirePresent(target, selector, 0, CodeSegments.TARGET);
        return target;
    }

    /** The old SS:ESP, and the parameters that stand on the old stack, the last one first. */
    private void pushOldStack(ProtectedModeStack stack, ProtectedModeGate gate) {
        int wordBytes = gate.wordBytes();
        stack.push(wordBytes, cpu.selector(SegmentRegister.SS));
        stack.push(wordBytes, cpu.rsp());
        for (int i = gate.parameters() - 1; i >= 0; i--) {
            stack.push(wordBytes, parameter(cpu.rsp() + (long) i * wordBytes, wordBytes));
        }
    }

    private long parameter(long pointer, int wordBytes) {
        long linear = StackSegment.linear(cpu, pointer, wordBytes);
        long value = memory.read(SegmentRegister.SS, linear, wordBytes);
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.MemoryRead(linear, wordBytes, value));
        return value;
    }
}
