package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.event.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Asynchronous events: those that will come, at their positions, and those that wait. One NMI is latched, and each vector
 * of an external interrupt once; of several that wait the highest goes first.
 *
 * <p>Source: Intel SDM Vol. 3A, "Interrupt Acceptance for Fixed Interrupts" and "Handling Multiple NMIs".
 */
final class PendingEvents {

    private static final int CLASS_SHIFT = 4;

    private final Deque<Injection> coming = new ArrayDeque<>();
    private final BitSet interrupts = new BitSet();
    private boolean nmi;
    private boolean over;
    private long stamp;

    PendingEvents(List<Injection> injections, boolean nmi, List<Integer> interrupts) {
        injections.stream().sorted(Comparator.comparingInt(Injection::position)).forEach(coming::add);
        interrupts.forEach(this.interrupts::set);
        this.nmi = nmi;
        changed();
    }

    private void changed() {
        stamp++;
        over = !nmi && interrupts.isEmpty() && coming.isEmpty();
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
            else interrupts.set(event.vector());
            changed();
        }
    }

    boolean hasComing() {
        return !coming.isEmpty();
    }

    /** Position of the next event to come; asked only while there is one. */
    long nextPosition() {
        return coming.element().position();
    }

    boolean hasNmi() {
        return nmi;
    }

    boolean hasInterrupt() {
        return !interrupts.isEmpty();
    }

    /** Vector of the interrupt that goes first; asked only while one waits. */
    int highestVector() {
        return interrupts.length() - 1;
    }

    /** Priority class of a vector, 0 to 15. */
    static int priorityClass(int vector) {
        return vector >>> CLASS_SHIFT;
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

    /** Vectors that wait, highest first. */
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
