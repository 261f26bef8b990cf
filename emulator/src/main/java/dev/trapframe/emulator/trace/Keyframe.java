package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.NonRegisterState;
import dev.trapframe.emulator.api.TlbEntry;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import java.util.List;
import java.util.Map;

/** A whole machine at one position; pages that later steps do not write are shared with it. */
record Keyframe(CpuState cpu, Map<Long, byte[]> pages, List<TlbEntry> tlb) {

    static Keyframe of(CpuState cpu, PhysicalMemory memory, List<TlbEntry> tlb) {
        CpuState copy = new CpuState();
        copy.copyFrom(cpu);
        return new Keyframe(copy, memory.pages(), tlb);
    }

    /** The view to bring forward to a position, whose non-register state (without TLB) and coming events are given. */
    StateView view(MachineState origin, NonRegisterState state, List<Injection> coming, int position) {
        return new StateView(origin, cpu, pages, state.with(state.ticks(), tlb), coming, position);
    }
}
