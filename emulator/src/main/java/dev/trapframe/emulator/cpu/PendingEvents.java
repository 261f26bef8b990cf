package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.event.Event;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asynchronous events: those that will come, at their positions, and those that wait. One NMI is latched; external
 * interrupts wait in the order in which they came.
 */
final class PendingEvents {

    private final Deque<Injection> coming = new ArrayDeque<>();
    private final Deque<Event> interrupts = new ArrayDeque<>();
    private boolean nmi;
    private boolean over;

    PendingEvents(List<Injection> injections) {
        injections.stream().sorted(Comparator.comparingInt(Injection::position)).forEach(coming::add);
        over = coming.isEmpty();
    }

    /** True if nothing waits and nothing will come. */
    boolean isOver() {
        return over;
    }

    /** Makes pending what is due at this position. */
    void arrive(long position) {
        while (!coming.isEmpty() && coming.peek().position() <= position) {
            Event event = coming.remove().event();
            if (event.source() == Event.Source.NMI) nmi = true;
            else interrupts.add(event);
        }
    }

    boolean hasNmi() {
        return nmi;
    }

    @Nullable
    Event interrupt() {
        return interrupts.peek();
    }

    Event takeNmi() {
        nmi = false;
        over = interrupts.isEmpty() && coming.isEmpty();
        return Event.nmi();
    }

    Event takeInterrupt() {
        Event taken = interrupts.remove();
        over = !nmi && interrupts.isEmpty() && coming.isEmpty();
        return taken;
    }
}
