package dev.trapframe.emulator.event;

import java.util.OptionalInt;

/**
 * Thrown where the processor would raise an exception; caught in one place, the processor's loop.
 *
 * <p>Has no stack trace: faults are ordinary control flow here and are thrown on the hot path.
 */
public final class Fault extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient ExceptionVector vector;
    private final int errorCode;

    /**
     * @param errorCode the code to push; 0 for vectors that push none
     */
    public Fault(ExceptionVector vector, int errorCode) {
        super(null, null, false, false);
        this.vector = vector;
        this.errorCode = errorCode;
    }

    /** A fault whose vector pushes no error code, or pushes 0. */
    public Fault(ExceptionVector vector) {
        this(vector, 0);
    }

    public ExceptionVector vector() {
        return vector;
    }

    /** The code to push; empty if this vector pushes none. */
    public OptionalInt errorCode() {
        return vector.pushesErrorCode() ? OptionalInt.of(errorCode) : OptionalInt.empty();
    }

    public Event event() {
        return new Event(vector.vector(), Event.Source.EXCEPTION, errorCode());
    }

    @Override
    public String getMessage() {
        return vector.symbol() + (vector.pushesErrorCode() ? "(0x" + Integer.toHexString(errorCode) + ")" : "");
    }
}
