package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.device.LocalApic;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;
import org.jspecify.annotations.Nullable;

/**
 * Decides which waiting event may be taken, and why another may not: NMI, then the interrupt at the processor's pin, then the
 * local APIC's.
 *
 * <p>Source: Intel SDM Vol. 3A, "Priority Among Simultaneous Exceptions and Interrupts", "Masking Maskable Hardware
 * Interrupts", "Interrupt, Task, and Processor Priority".
 */
final class AsynchronousEvents {

    private final CpuState cpu;
    private final PendingEvents pending;
    private final LocalApic apic;

    AsynchronousEvents(CpuState cpu, PendingEvents pending, LocalApic apic) {
        this.cpu = cpu;
        this.pending = pending;
        this.apic = apic;
    }

    /** Takes the event that goes first, machine checks aside; null if none waits or none may be taken. Notes what is held. */
    @Nullable
    Event take(Shadow shadow, boolean nmiBlocked) {
        if (pending.hasNmi()) {
            Rule held = whyNmiWaits(shadow, nmiBlocked);
            if (held == null) return pending.takeNmi();
            note(Event.nmi(), held, 0, 0);
        }
        if (pending.hasInterrupt() && whyPinWaits(pending.highestVector(), shadow) == null)
            return pending.takeInterrupt();
        if (apic.hasRequests() && whyRequestWaits(apic.highestRequest(), shadow) == null) {
            return Event.externalInterrupt(apic.acknowledge());
        }
        if (cpu.sink().wantsMicroOps()) noteHeldInterrupts(shadow);
        return null;
    }

    /** True if something that waits could be taken between two instructions without a shadow. */
    boolean couldTake(boolean nmiBlocked) {
        if (pending.hasNmi() && !nmiBlocked) return true;
        return cpu.flag(Rflags.IF) && hasUrgentInterrupt();
    }

    /** True if an interrupt waits that has the priority to be taken, were interrupts enabled. */
    boolean hasUrgentInterrupt() {
        return pending.hasInterrupt() && exceedsTaskPriority(pending.highestVector())
                || apic.hasRequests() && apic.exceedsPriority(apic.highestRequest());
    }

    private void noteHeldInterrupts(Shadow shadow) {
        for (int vector : pending.vectors()) {
            Rule held = whyPinWaits(vector, shadow);
            if (held != null) noteHeldInterrupt(vector, held);
        }
        for (int vector : apic.requests()) {
            Rule held = whyRequestWaits(vector, shadow);
            if (held != null) noteHeldInterrupt(vector, held);
        }
    }

    private void noteHeldInterrupt(int vector, Rule held) {
        Event event = Event.externalInterrupt(vector);
        int priority = PendingEvents.priorityClass(vector);
        switch (held) {
            case TASK_PRIORITY -> note(event, held, priority, cpu.get(MachineRegister.CR8));
            case PROCESSOR_PRIORITY -> note(event, held, priority, apic.serviceClass());
            default -> note(event, held, 0, 0);
        }
    }

    private void note(Event event, Rule rule, long actual, long required) {
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.EventHeld(event, rule, actual, required));
    }

    private static @Nullable Rule whyNmiWaits(Shadow shadow, boolean nmiBlocked) {
        if (nmiBlocked) return Rule.NMI_BLOCKED;
        return shadow == Shadow.MOV_SS ? Rule.MOV_SS_SHADOW : null;
    }

    private @Nullable Rule whyPinWaits(int vector, Shadow shadow) {
        if (!cpu.flag(Rflags.IF)) return Rule.INTERRUPT_FLAG;
        return exceedsTaskPriority(vector) ? heldBy(shadow) : Rule.TASK_PRIORITY;
    }

    private @Nullable Rule whyRequestWaits(int vector, Shadow shadow) {
        if (!cpu.flag(Rflags.IF)) return Rule.INTERRUPT_FLAG;
        if (apic.exceedsPriority(vector)) return heldBy(shadow);
        boolean byService = apic.serviceClass() > cpu.get(MachineRegister.CR8);
        return byService ? Rule.PROCESSOR_PRIORITY : Rule.TASK_PRIORITY;
    }

    private static @Nullable Rule heldBy(Shadow shadow) {
        return switch (shadow) {
            case STI -> Rule.STI_SHADOW;
            case MOV_SS -> Rule.MOV_SS_SHADOW;
            case NONE -> null;
        };
    }

    /** A TPR of 0 holds nothing off. */
    private boolean exceedsTaskPriority(int vector) {
        long taskPriority = cpu.get(MachineRegister.CR8);
        return taskPriority == 0 || PendingEvents.priorityClass(vector) > taskPriority;
    }
}
