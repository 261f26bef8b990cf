package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.ExceptionVector.Severity;
import java.util.Optional;

/**
 * What becomes of an exception that is met while another event is being delivered.
 *
 * <p>Source: Intel SDM Vol. 3A, "Interrupt 8 - Double Fault Exception (#DF)", table "Conditions for Generating a Double
 * Fault".
 */
public final class DoubleFaultRule {

    /** Rows: the first event; columns: the second: benign, contributory, page fault. */
    private static final boolean[][] DOUBLE = {
        {false, false, false}, // benign
        {false, true, false}, // contributory
        {false, true, true}, // page fault
    };

    private DoubleFaultRule() {}

    /** The event to deliver next: the second or #DF; empty if the processor shuts down. */
    public static Optional<Event> combine(Event first, Event second) {
        Severity firstClass = severity(first);
        Severity secondClass = severity(second);
        if (firstClass == Severity.DOUBLE_FAULT) {
            return secondClass == Severity.BENIGN ? Optional.of(second) : Optional.empty();
        }
        boolean doubled = DOUBLE[firstClass.ordinal()][secondClass.ordinal()];
        return Optional.of(doubled ? Event.exception(ExceptionVector.DF, 0) : second);
    }

    /** Interrupts and software interrupts are benign whatever their vector. */
    private static Severity severity(Event event) {
        if (event.source() != Event.Source.EXCEPTION) return Severity.BENIGN;
        return ExceptionVector.of(event.vector()).map(ExceptionVector::severity).orElse(Severity.BENIGN);
    }
}
