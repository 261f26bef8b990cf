package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;

/** Far CALL and JMP through the call gates of the mode that the processor is in. */
public final class CallGates {

    private final CpuState cpu;
    private final CallGateTransfer longMode;
    private final ProtectedModeCallGates protectedMode;

    public CallGates(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.longMode = new CallGateTransfer(cpu, memory);
        this.protectedMode = new ProtectedModeCallGates(cpu, memory);
    }

    /**
     * CALL: to the same or a more privileged level, or throws the fault of the first check that fails.
     *
     * @param selector names the gate
     * @param nextRip  what is pushed as RIP
     * @return the target, to become RIP
     */
    public long call(int selector, long nextRip) {
        return cpu.inIa32eMode() ? longMode.call(selector, nextRip) : protectedMode.call(selector, nextRip);
    }

    /**
     * JMP: to the same level, or throws the fault of the first check that fails.
     *
     * @param selector names the gate
     * @return the target, to become RIP
     */
    public long jump(int selector) {
        return cpu.inIa32eMode() ? longMode.jump(selector) : protectedMode.jump(selector);
    }
}
