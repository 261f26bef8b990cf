package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;

/** Delivers events through the IDT of the mode that the processor is in. */
public final class EventDelivery {

    private final CpuState cpu;
    private final IdtEventDelivery longMode;
    private final ProtectedModeEventDelivery protectedMode;

    public EventDelivery(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.longMode = new IdtEventDelivery(cpu, memory);
        this.protectedMode = new ProtectedModeEventDelivery(cpu, memory);
    }

    /**
     * Delivers the event, or throws the fault that was met on the way.
     *
     * @param savedRip    what the frame holds as RIP
     * @param rflagsImage what the frame holds as RFLAGS, RF included
     */
    public void deliver(Event event, long savedRip, long rflagsImage) {
        if (cpu.inIa32eMode()) longMode.deliver(event, savedRip, rflagsImage);
        else protectedMode.deliver(event, savedRip, rflagsImage);
    }
}
