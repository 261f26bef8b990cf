package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineCheck;
import dev.trapframe.emulator.device.LocalApic;
import dev.trapframe.emulator.event.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asynchronous events: those that will come, at their positions, and those that wait.
 *
 * <p>One NMI is latched. An interrupt from outside goes to the local APIC if that takes interrupts; else it waits here, at the
 * processor's own pin, each vector once, and of several that wait the highest goes first. A machine check waits for nothing: it
 * is taken where it arrives.
 *
 * <p>Source: Intel SDM Vol. 3A, "Interrupt Acceptance for Fixed Interrupts" and "Handling Multiple NMIs".
 */
final class PendingEvents {

    private static final int CLASS_SHIFT = 4;
    private static final long NEVER = Long.MAX_VALUE;

    private final Deque<Injection> coming = new ArrayDeque<>();
    private final BitSet interrupts = new BitSet();
    private final Deque<MachineCheck> machineChecks = new ArrayDeque<>();
    private final LocalApic apic;
    private boolean nmi;
    private boolean nothingWaits;
    private long nextPosition;
    private long stamp;

    PendingEvents(List<Injection> injections, boolean nmi, List<Integer> interrupts, LocalApic apic) {
        injections.stream().sorted(Comparator.comparingInt(Injection::position)).forEach(coming::add);
        interrupts.forEach(this.interrupts::set);
        this.nmi = nmi;
        this.apic = apic;
        changed();
    }

    private void changed() {
        stamp++;
        nothingWaits = !nmi && interrupts.isEmpty() && machineChecks.isEmpty();
        Injection next = coming.peek();
        nextPosition = next == null ? NEVER : next.position();
    }

    /** True if nothing waits, at this position and after so many ticks. */
    boolean isQuiet(long position, long ticks) {
        return nothingWaits && !apic.hasRequests() && position < nextPosition && ticks < apic.timerExpiresAt();
    }

    /** Makes pending what is due at this position, and lets the timer fire. */
    void arrive(long position) {
        apic.advance();
        while (position >= nextPosition) {
            accept(coming.remove());
            changed();
        }
    }

    private void accept(Injection injection) {
        Event event = injection.event();
        switch (event.source()) {
            case NMI -> nmi = true;
            case EXCEPTION -> machineChecks.add(injection.machineCheck().orElseThrow());
            case SPURIOUS_INTERRUPT -> interrupts.set(apic.spuriousVector());
            default -> {
                if (apic.takesInterrupts()) apic.request(event.vector());
                else interrupts.set(event.vector());
            }
        }
    }

    boolean hasComing() {
        return nextPosition != NEVER;
    }

    /** Position of the next event to come, {@link Long#MAX_VALUE} if there is none. */
    long nextPosition() {
        return nextPosition;
    }

    boolean hasNmi() {
        return nmi;
    }

    /** True if an interrupt waits at the pin: it goes before those of the local APIC. */
    boolean hasInterrupt() {
        return !interrupts.isEmpty();
    }

    /** Vector of the interrupt that waits at the pin and goes first; asked only while one does. */
    int highestVector() {
        return interrupts.length() - 1;
    }

    /** Priority class of a vector, 0 to 15. */
    static int priorityClass(int vector) {
        return vector >>> CLASS_SHIFT;
    }

    /** An NMI arrives. */
    void signalNmi() {
        nmi = true;
        changed();
    }

    Event takeNmi() {
        nmi = false;
        changed();
        return Event.nmi();
    }

    Event takeInterrupt() {
        int vector = highestVector();
        interrupts.clear(vector);
        changed();
        return Event.externalInterrupt(vector);
    }

    /** What the first machine check that waits reports; null if none does. */
    @Nullable
    MachineCheck takeMachineCheck() {
        MachineCheck taken = machineChecks.poll();
        if (taken != null) changed();
        return taken;
    }

    /** Vectors that wait at the pin, highest first. */
    List<Integer> vectors() {
        List<Integer> result = new ArrayList<>();
        for (int vector = interrupts.length() - 1; vector >= 0; vector = interrupts.previousSetBit(vector - 1)) {
            result.add(vector);
        }
        return result;
    }

    /** What has not become pending yet, by position. */
    List<Injection> coming() {
        return List.copyOf(coming);
    }

    /** Changes with everything here. */
    long stamp() {
        return stamp;
    }
}
