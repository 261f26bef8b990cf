package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.state.Rflags;

/**
 * The condition of Jcc, SETcc and CMOVcc, in the order of its encoding: each odd one is the negation of the one before.
 *
 * <p>Source: Intel SDM Vol. 1, "EFLAGS Condition Codes".
 */
enum Condition {
    O,
    NO,
    B,
    AE,
    E,
    NE,
    BE,
    A,
    S,
    NS,
    P,
    NP,
    L,
    GE,
    LE,
    G;

    private final boolean negated = (ordinal() & 1) != 0;

    boolean holds(long rflags) {
        return affirmative(rflags) != negated;
    }

    private boolean affirmative(long rflags) {
        return switch (this) {
            case O, NO -> has(rflags, Rflags.OF);
            case B, AE -> has(rflags, Rflags.CF);
            case E, NE -> has(rflags, Rflags.ZF);
            case BE, A -> has(rflags, Rflags.CF | Rflags.ZF);
            case S, NS -> has(rflags, Rflags.SF);
            case P, NP -> has(rflags, Rflags.PF);
            case L, GE -> isLess(rflags);
            case LE, G -> has(rflags, Rflags.ZF) || isLess(rflags);
        };
    }

    private static boolean has(long rflags, long mask) {
        return (rflags & mask) != 0;
    }

    private static boolean isLess(long rflags) {
        return has(rflags, Rflags.SF) != has(rflags, Rflags.OF);
    }
}
