package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.StackSource;
import dev.trapframe.emulator.descriptor.IdtGate;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/**
 * Delivers an event through the IDT in IA-32e mode. Registers change only after the last push, so a fault on the way
 * leaves the interrupted context whole; words already pushed stay in memory, as on the processor.
 *
 * <p>Source: Intel SDM Vol. 3A, "Exception or Interrupt Handling in 64-bit Mode"; Vol. 2A, "INT n/INTO/INT3/INT1",
 * Operation.
 */
public final class IdtEventDelivery {

    private static final long STACK_ALIGNMENT = 16;

    private final CpuState cpu;
    private final LinearMemory memory;
    private final DescriptorTables tables;
    private final CodeSegments codeSegments;
    private final TaskStateStacks stacks;
    private final Checks checks;

    public IdtEventDelivery(CpuState cpu, LinearMemory memory) {
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
     * @param savedRip    what the frame holds as RIP
     * @param rflagsImage what the frame holds as RFLAGS, RF included
     */
    public void deliver(Event event, long savedRip, long rflagsImage) {
        int ext = event.source() == Event.Source.SOFTWARE_INTERRUPT ? 0 : SelectorError.EXT;
        IdtGate gate = gateFor(event, ext);
        SegmentDescriptor handler = handlerOf(gate, ext);
        int newCpl = handler.isConforming() ? cpu.cpl() : handler.dpl();
        long chosen = stackFor(gate, newCpl, ext);
        checks.require(
                Rule.HANDLER_CANONICAL, cpu.isCanonical(gate.offset()), gate.offset(), 0, ExceptionVector.GP, ext);
        FrameWriter frame = new FrameWriter(cpu, memory, align(chosen), newCpl, ext);

        frame.push(FrameSlot.SS, cpu.selector(SegmentRegister.SS));
        frame.push(FrameSlot.RSP, cpu.rsp());
        frame.push(FrameSlot.RFLAGS, rflagsImage);
        frame.push(FrameSlot.CS, cpu.selector(SegmentRegister.CS));
        frame.push(FrameSlot.RIP, savedRip);
        if (event.errorCode().isPresent())
            frame.push(FrameSlot.ERROR_CODE, event.errorCode().getAsInt() & 0xffff_ffffL);

        enter(gate, handler, newCpl, frame.rsp());
    }

    private IdtGate gateFor(Event event, int ext) {
        int vector = event.vector();
        int code = SelectorError.ofVector(vector, ext);
        Descriptor idtr = cpu.descriptor(SystemRegister.IDTR);
        int lastByte = vector * IdtGate.SIZE_BYTES + IdtGate.SIZE_BYTES - 1;
        checks.require(
                Rule.IDT_LIMIT, lastByte <= idtr.limitBytes(), lastByte, idtr.limitBytes(), ExceptionVector.GP, code);

        IdtGate gate = read(vector, idtr.base() + vector * IdtGate.SIZE_BYTES);
        checks.require(
                Rule.GATE_TYPE,
                gate.isInterruptOrTrap(),
                gate.type(),
                IdtGate.TYPE_INTERRUPT,
                ExceptionVector.GP,
                code);
        if (event.source() == Event.Source.SOFTWARE_INTERRUPT) {
            checks.require(Rule.GATE_DPL, gate.dpl() >= cpu.cpl(), gate.dpl(), cpu.cpl(), ExceptionVector.GP, code);
        } else {
            checks.notCompared(Rule.GATE_DPL, gate.dpl(), cpu.cpl());
        }
        checks.require(Rule.GATE_PRESENT, gate.present(), gate.present() ? 1 : 0, 1, ExceptionVector.NP, code);
        return gate;
    }

    private IdtGate read(int vector, long linear) {
        long low = memory.readSystem(linear, Long.BYTES);
        long high = memory.readSystem(linear + Long.BYTES, Long.BYTES);
        IdtGate gate = IdtGate.parse(low, high);
        if (cpu.sink().wantsMicroOps()) {
            cpu.sink()
                    .note(new MicroOp.GateRead(
                            vector,
                            linear,
                            low,
                            high,
                            gate.selector(),
                            gate.offset(),
                            gate.ist(),
                            gate.type(),
                            gate.dpl(),
                            gate.present()));
        }
        return gate;
    }

    private SegmentDescriptor handlerOf(IdtGate gate, int ext) {
        int selector = gate.selector();
        SegmentDescriptor handler = codeSegments.find(selector, ext, CodeSegments.HANDLER);
        int code = SelectorError.ofSelector(selector, ext);
        checks.require(
                Rule.HANDLER_DPL, handler.dpl() <= cpu.cpl(), handler.dpl(), cpu.cpl(), ExceptionVector.GP, code);
        boolean longMode = handler.isLong() && !handler.isBig();
        codeSegments.requireWidth(longMode, handler, selector, ext, CodeSegments.HANDLER);
        codeSegments.requirePresent(handler, selector, ext, CodeSegments.HANDLER);
        return handler;
    }

    /** IST if the gate names one; else TSS.RSPn on a change of CPL; else the stack in use. */
    private long stackFor(IdtGate gate, int newCpl, int ext) {
        long rsp = cpu.rsp();
        if (gate.ist() != 0) rsp = stacks.ist(gate.ist(), newCpl, ext);
        else if (newCpl != cpu.cpl()) rsp = stacks.rsp(newCpl, ext);
        else stacks.noteChosen(StackSource.SAME, 0, rsp, newCpl);
        checks.require(Rule.STACK_CANONICAL, cpu.isCanonical(rsp), rsp, 0, ExceptionVector.SS, ext);
        return rsp;
    }

    private long align(long rsp) {
        long aligned = rsp & -STACK_ALIGNMENT;
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.StackAligned(rsp, aligned));
        return aligned;
    }

    private void enter(IdtGate gate, SegmentDescriptor handler, int newCpl, long rsp) {
        int selector = gate.selector() & 0xfffc | newCpl;
        SegmentDescriptor code = tables.markAccessed(gate.selector(), handler);
        if (newCpl != cpu.cpl()) tables.loadNullStackSegment(newCpl);
        tables.loadCode(gate.selector(), code, newCpl);
        cpu.setRsp(rsp);
        cpu.setRip(gate.offset());
        long cleared = Rflags.TF | Rflags.NT | Rflags.RF | Rflags.VM | (gate.clearsInterruptFlag() ? Rflags.IF : 0);
        cpu.setRflags(cpu.rflags() & ~cleared);
        if (cpu.sink().wantsMicroOps()) {
            cpu.sink().note(new MicroOp.HandlerEntered(selector, gate.offset(), rsp, newCpl, cleared));
        }
    }
}
