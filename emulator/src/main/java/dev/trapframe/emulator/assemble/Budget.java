package dev.trapframe.emulator.assemble;

/** Counts what a run does, and ends it before it can take long: there is no clock in here. */
final class Budget {

    private static final long EXPANDED_CHARS = 64L << 20;
    private static final long COMPUTATIONS = 50_000_000;

    private final int maxStatements;
    private final int maxOutputBytes;
    private int statements;
    private long outputBytes;
    private long expandedChars;
    private long computations;

    Budget(int maxStatements, int maxOutputBytes) {
        this.maxStatements = maxStatements;
        this.maxOutputBytes = maxOutputBytes;
    }

    void statement() {
        if (++statements > maxStatements) {
            throw SourceError.last("more than " + maxStatements + " statements, expansions counted");
        }
    }

    /** Bytes that statements wrote, padding whose size layout finds not counted. */
    void write(int bytes) {
        outputBytes += bytes;
        if (outputBytes > maxOutputBytes) {
            throw SourceError.last("the program has more than " + maxOutputBytes + " bytes");
        }
    }

    /** Text that macros and repetitions made. */
    void expand(int chars) {
        expandedChars += chars;
        if (expandedChars > EXPANDED_CHARS) {
            throw SourceError.last("macros and repetitions have made more than " + EXPANDED_CHARS + " characters");
        }
    }

    /** A node of an expression, a fragment that layout looks at. */
    void compute() {
        if (++computations > COMPUTATIONS) {
            throw SourceError.last("the expressions of this source take too long to compute");
        }
    }
}
