package dev.trapframe.server.scenario;

/** A program of the library that cannot be read or assembled; the message begins with file, line and column. */
public final class BadProgram extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BadProgram(String message, Throwable cause) {
        super(message, cause);
    }

    public BadProgram(String message) {
        super(message);
    }
}
