package dev.trapframe.emulator.event;

/**
 * Thrown where the processor would do something that the emulator does not know: the machine stops and says so, rather than
 * go on with a wrong result. Thrown before anything was changed; caught in one place, the processor's loop.
 *
 * <p>Has no stack trace, as {@link Fault} has none.
 */
public final class NotEmulated extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param what what is missing, for example {@code instruction FXSAVE}
     */
    public NotEmulated(String what) {
        super(what, null, false, false);
    }

    /** What is missing, for example {@code instruction FXSAVE}. */
    public String what() {
        return getMessage();
    }
}
