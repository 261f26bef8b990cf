package dev.trapframe.server.app;

/** The server cannot start; the message says what is wrong and what to do about it, without a stack trace. */
public final class StartFailure extends Exception {

    private static final long serialVersionUID = 1L;

    public StartFailure(String message) {
        super(message);
    }

    public StartFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
