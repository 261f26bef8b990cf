package dev.trapframe.emulator.assemble;

/** Something wrong in the statement at hand; the loop over statements makes a {@link Diagnostic} of it. */
final class SourceError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Column where the statement starts, if nothing better is known. */
    static final int STATEMENT = -1;

    private final int column;

    /** @param column from 0, in the statement's text; {@link #STATEMENT} for the statement as a whole */
    SourceError(int column, String message) {
        super(message, null, false, false);
        this.column = column;
    }

    SourceError(String message) {
        this(STATEMENT, message);
    }

    int column() {
        return column;
    }
}
