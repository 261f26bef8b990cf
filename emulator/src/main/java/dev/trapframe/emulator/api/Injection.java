package dev.trapframe.emulator.api;

import dev.trapframe.emulator.event.Event;

/**
 * An asynchronous event that becomes pending at a position; it is delivered as soon as the processor may take it.
 *
 * @param position number of steps made before; 0 is before the first
 * @param event    an external interrupt or an NMI
 */
public record Injection(int position, Event event) {

    public Injection {
        if (position < 0) throw new IllegalArgumentException("a position is 0 or more, got " + position);
    }
}
