package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.StackSource;
import dev.trapframe.emulator.descriptor.ProtectedModeGate;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/**
 * Delivers an event through an IDT of 8-byte gates, outside of IA-32e mode. Registers change only after the last push.
 *
 * <p>Source: Intel SDM Vol. 3A, "Exception and Interrupt Handling"; Vol. 2A, "INT n/INTO/INT3/INT1", Operation.
 */
final class ProtectedModeEventDelivery {

    private static final int WORDS_TO_SAME_LEVEL = 3;
    private static final int WORDS_TO_INNER_LEVEL = 5;

    private final CpuState cpu;
    private final LinearMemory memory;
    private final DescriptorTables tables;
    private final CodeSegments codeSegments;
    private final TaskStateStacks stacks;
    private final Checks checks;

    ProtectedModeEventDelivery(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
        this.tables = new DescriptorTables(cpu, memory);
        this.codeSegments = new CodeSegments(cpu, memory);
        this.stacks = new TaskStateStacks(cpu, memory);
        this.checks = new Checks(cpu);
    }

    /**
     * Delivers the event, or throws the fault that was met on the way.
     *
     * @param savedEip    what the frame holds as EIP
     * @param eflagsImage what the frame holds as EFLAGS, RF included
     */
    void deliver(Event event, long savedEip, long eflagsImage) {
        int ext = event.source() == Event.Source.SOFTWARE_INTERRUPT ? 0 : SelectorError.EXT;
        ProtectedModeGate gate = gateFor(event, ext);
        SegmentDescriptor handler = handlerOf(gate, ext);
        int newCpl = handler.isConforming() ? cpu.cpl() : handler.dpl();
        boolean switches = newCpl != cpu.cpl();
        ProtectedModeStack stack = switches ? stacks.inner(newCpl, ext) : sameStack();
        int words = switches ? WORDS_TO_INNER_LEVEL : WORDS_TO_SAME_LEVEL;
        if (event.errorCode().isPresent()) words++;
        stack.requireRoom(words, gate.wordBytes(), switches ? SelectorError.ofSelector(stack.selector(), ext) : ext);
        codeSegments.requireInside(handler, gate.offset(), ext);

        int wordBytes = gate.wordBytes();
        if (switches) {
            stack.push(FrameSlot.SS, wordBytes, cpu.selector(SegmentRegister.SS));
            stack.push(FrameSlot.RSP, wordBytes, cpu.rsp());
        }
        stack.push(FrameSlot.RFLAGS, wordBytes, eflagsImage);
        stack.push(FrameSlot.CS, wordBytes, cpu.selector(SegmentRegister.CS));
        stack.push(FrameSlot.RIP, wordBytes, savedEip);
        event.errorCode().ifPresent(code -> stack.push(FrameSlot.ERROR_CODE, wordBytes, code));

        SegmentDescriptor code = tables.markAccessed(gate.selector(), handler);
        if (switches) stack.loadSegment(tables);
        tables.loadCode(gate.selector(), code, newCpl);
        enter(gate, stack.esp());
    }

    private ProtectedModeStack sameStack() {
        ProtectedModeStack stack = ProtectedModeStack.current(cpu, memory);
        stacks.noteChosen(StackSource.SAME, 0, stack.esp(), cpu.cpl());
        return stack;
    }

    private ProtectedModeGate gateFor(Event event, int ext) {
        int vector = event.vector();
        int code = SelectorError.ofVector(vector, ext);
        Descriptor idtr = cpu.descriptor(SystemRegister.IDTR);
        int lastByte = vector * ProtectedModeGate.SIZE_BYTES + ProtectedModeGate.SIZE_BYTES - 1;
        boolean inside = lastByte <= idtr.limitBytes();
        checks.require(Rule.IDT_LIMIT, inside, lastByte, idtr.limitBytes(), ExceptionVector.GP, code);

        ProtectedModeGate gate = read(vector, idtr.base() + vector * ProtectedModeGate.SIZE_BYTES);
        boolean known = gate.isInterruptOrTrap() || gate.isTaskGate();
        checks.require(Rule.PROTECTED_GATE_TYPE, known, gate.type(), 0, ExceptionVector.GP, code);
        if (event.source() == Event.Source.SOFTWARE_INTERRUPT) {
            checks.require(Rule.GATE_DPL, gate.dpl() >= cpu.cpl(), gate.dpl(), cpu.cpl(), ExceptionVector.GP, code);
        } else {
            checks.notCompared(Rule.GATE_DPL, gate.dpl(), cpu.cpl());
        }
        checks.require(Rule.GATE_PRESENT, gate.present(), gate.present() ? 1 : 0, 1, ExceptionVector.NP, code);
        if (gate.isTaskGate()) throw new NotEmulated("task switch: the gate of vector " + vector + " is a task gate");
        return gate;
    }

    private ProtectedModeGate read(int vector, long linear) {
        long raw = memory.readSystem(linear, ProtectedModeGate.SIZE_BYTES);
        ProtectedModeGate gate = ProtectedModeGate.parse(raw);
        if (cpu.sink().wantsMicroOps()) {
            cpu.sink()
                    .note(new MicroOp.GateRead(
                            vector,
                            linear,
                            raw,
                            0,
                            gate.selector(),
                            gate.offset(),
                            0,
                            gate.type(),
                            gate.dpl(),
                            gate.present()));
        }
        return gate;
    }

    private SegmentDescriptor handlerOf(ProtectedModeGate gate, int ext) {
        int selector = gate.selector();
        SegmentDescriptor handler = codeSegments.find(selector, ext, CodeSegments.HANDLER);
        int code = SelectorError.ofSelector(selector, ext);
        checks.require(
                Rule.HANDLER_DPL, handler.dpl() <= cpu.cpl(), handler.dpl(), cpu.cpl(), ExceptionVector.GP, code);
        codeSegments.requirePresent(handler, selector, ext, CodeSegments.HANDLER);
        return handler;
    }

    private void enter(ProtectedModeGate gate, long esp) {
        cpu.setRsp(esp);
        cpu.setRip(gate.offset());
        long cleared = Rflags.TF | Rflags.NT | Rflags.RF | Rflags.VM | (gate.clearsInterruptFlag() ? Rflags.IF : 0);
        cpu.setRflags(cpu.rflags() & ~cleared);
        if (!cpu.sink().wantsMicroOps()) return;
        int selector = cpu.selector(SegmentRegister.CS);
        cpu.sink().note(new MicroOp.HandlerEntered(selector, gate.offset(), esp, cpu.cpl(), cleared));
    }
}
