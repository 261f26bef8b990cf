package dev.trapframe.emulator.api;

import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import java.util.Optional;

/**
 * An asynchronous event that becomes pending at a position; it is delivered as soon as the processor may take it.
 *
 * @param position     number of steps made before; 0 is before the first
 * @param event        an external interrupt, a spurious one, an NMI or a machine check
 * @param machineCheck what a machine check reports; empty for other events
 */
public record Injection(int position, Event event, Optional<MachineCheck> machineCheck) {

    public Injection {
        if (position < 0) throw new IllegalArgumentException("a position is 0 or more, got " + position);
        boolean isMachineCheck =
                event.source() == Event.Source.EXCEPTION && event.vector() == ExceptionVector.MC.vector();
        if (event.source() == Event.Source.EXCEPTION && !isMachineCheck) {
            throw new IllegalArgumentException(
                    "of exceptions only #MC comes from outside, got vector " + event.vector());
        }
        if (isMachineCheck != machineCheck.isPresent()) {
            throw new IllegalArgumentException("a machine check, and nothing else, says what it reports");
        }
    }

    /** An interrupt or an NMI. */
    public Injection(int position, Event event) {
        this(position, event, Optional.empty());
    }

    public static Injection machineCheck(int position, MachineCheck reported) {
        return new Injection(position, Event.exception(ExceptionVector.MC), Optional.of(reported));
    }

    /** The same at another position. */
    public Injection at(int otherPosition) {
        return new Injection(otherPosition, event, machineCheck);
    }
}
