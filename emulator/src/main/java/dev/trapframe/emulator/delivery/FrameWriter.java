package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.Privilege;
import dev.trapframe.emulator.state.CpuState;

/** Pushes the words of an interrupt stack frame, 8 bytes each, with the rights of the handler's CPL. */
final class FrameWriter {

    private final CpuState cpu;
    private final LinearMemory memory;
    private final Privilege privilege;
    private final int ext;
    private long rsp;

    FrameWriter(CpuState cpu, LinearMemory memory, long rsp, int newCpl, int ext) {
        this.cpu = cpu;
        this.memory = memory;
        this.privilege = Privilege.ofCpl(newCpl);
        this.rsp = rsp;
        this.ext = ext;
    }

    void push(FrameSlot slot, long value) {
        long linear = rsp - Long.BYTES;
        if (!cpu.isCanonical(linear)) throw new Fault(ExceptionVector.SS, ext);
        memory.writeAs(privilege, SegmentRegister.SS, linear, Long.BYTES, value);
        rsp = linear;
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.Pushed(slot, linear, value));
    }

    /** Address of the word pushed last. */
    long rsp() {
        return rsp;
    }
}
