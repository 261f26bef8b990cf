package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.MachineState;
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

    /** The view to bring forward to a position, whose activity (without TLB) is given. */
    StateView view(MachineState origin, Activity activity, int position) {
        return new StateView(
                origin, cpu, pages, activity.with(activity.nonRegister().ticks(), tlb), position);
    }
}
