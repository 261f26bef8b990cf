package dev.trapframe.server.attempt;

/** The attempt takes no more tries. */
public final class AttemptClosed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    AttemptClosed() {
        super("the attempt is closed", null, false, false);
    }
}
