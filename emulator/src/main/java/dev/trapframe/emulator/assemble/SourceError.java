package dev.trapframe.emulator.assemble;

/** Something wrong in the statement at hand; the loop over statements makes a {@link Diagnostic} of it. */
final class SourceError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Column where the statement starts, if nothing better is known. */
    static final int STATEMENT = -1;

    private final int column;
    private final boolean last;

    private SourceError(int column, String message, boolean last) {
        super(message, null, false, false);
        this.column = column;
        this.last = last;
    }

    /** @param column from 0, in the statement's text; {@link #STATEMENT} for the statement as a whole */
    SourceError(int column, String message) {
        this(column, message, false);
    }

    SourceError(String message) {
        this(STATEMENT, message, false);
    }

    /** An error that ends the run: a limit. */
    static SourceError last(String message) {
        return new SourceError(STATEMENT, message, true);
    }

    int column() {
        return column;
    }

    boolean isLast() {
        return last;
    }
}
