package dev.trapframe.server.database;

/** The database cannot be opened; the message is one line that says what and what to do. */
public final class DatabaseUnavailable extends Exception {

    private static final long serialVersionUID = 1L;

    public DatabaseUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
