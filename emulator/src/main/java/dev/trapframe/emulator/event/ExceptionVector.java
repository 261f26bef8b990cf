package dev.trapframe.emulator.event;

import java.util.Optional;

/**
 * The exceptions that the processor itself raises, with what the manual's table says of each.
 *
 * <p>Source: Intel SDM Vol. 3A, "Interrupt and Exception Handling", table "Protected-Mode Exceptions and Interrupts", and
 * "Conditions for Generating a Double Fault".
 */
public enum ExceptionVector {
    DE(0, Kind.FAULT, Severity.CONTRIBUTORY, false),
    DB(1, Kind.TRAP, Severity.BENIGN, false),
    BP(3, Kind.TRAP, Severity.BENIGN, false),
    OF(4, Kind.TRAP, Severity.BENIGN, false),
    BR(5, Kind.FAULT, Severity.BENIGN, false),
    UD(6, Kind.FAULT, Severity.BENIGN, false),
    NM(7, Kind.FAULT, Severity.BENIGN, false),
    DF(8, Kind.ABORT, Severity.DOUBLE_FAULT, true),
    TS(10, Kind.FAULT, Severity.CONTRIBUTORY, true),
    NP(11, Kind.FAULT, Severity.CONTRIBUTORY, true),
    SS(12, Kind.FAULT, Severity.CONTRIBUTORY, true),
    GP(13, Kind.FAULT, Severity.CONTRIBUTORY, true),
    PF(14, Kind.FAULT, Severity.PAGE_FAULT, true),
    MF(16, Kind.FAULT, Severity.BENIGN, false),
    AC(17, Kind.FAULT, Severity.BENIGN, true),
    MC(18, Kind.ABORT, Severity.BENIGN, false),
    XM(19, Kind.FAULT, Severity.BENIGN, false),
    VE(20, Kind.FAULT, Severity.PAGE_FAULT, false),
    CP(21, Kind.FAULT, Severity.CONTRIBUTORY, true);

    /** What the saved RIP names: a fault the instruction itself, a trap the next one; an abort promises nothing. */
    public enum Kind {
        FAULT,
        TRAP,
        ABORT
    }

    /** The class that decides whether two exceptions in a row make a double fault. */
    public enum Severity {
        BENIGN,
        CONTRIBUTORY,
        PAGE_FAULT,
        DOUBLE_FAULT
    }

    private final int vector;
    private final Kind kind;
    private final Severity severity;
    private final boolean pushesErrorCode;

    ExceptionVector(int vector, Kind kind, Severity severity, boolean pushesErrorCode) {
        this.vector = vector;
        this.kind = kind;
        this.severity = severity;
        this.pushesErrorCode = pushesErrorCode;
    }

    /** 0 to 31. */
    public int vector() {
        return vector;
    }

    public Kind kind() {
        return kind;
    }

    public Severity severity() {
        return severity;
    }

    public boolean pushesErrorCode() {
        return pushesErrorCode;
    }

    /** As the manual writes it, for example {@code #PF}. */
    public String symbol() {
        return "#" + name();
    }

    /** The exception with this vector; empty for vectors that are no processor exception. */
    public static Optional<ExceptionVector> of(int vector) {
        for (ExceptionVector candidate : values()) {
            if (candidate.vector == vector) return Optional.of(candidate);
        }
        return Optional.empty();
    }
}
