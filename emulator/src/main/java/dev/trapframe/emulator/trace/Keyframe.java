package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import java.util.Map;

/** A whole machine at one position; pages that later steps do not write are shared with it. */
record Keyframe(CpuState cpu, Map<Long, byte[]> pages) {

    static Keyframe of(CpuState cpu, PhysicalMemory memory) {
        CpuState copy = new CpuState();
        copy.copyFrom(cpu);
        return new Keyframe(copy, memory.pages());
    }

    StateView view(MachineState origin) {
        return new StateView(origin, cpu, pages);
    }
}
