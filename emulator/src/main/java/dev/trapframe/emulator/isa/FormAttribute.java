package dev.trapframe.emulator.isa;

import java.util.Locale;

/** Attributes of a row of the instruction table; the head of {@code x86-64.tsv} explains them. */
public enum FormAttribute {
    /** LOCK is legal, with a memory destination. */
    LOCK,
    /** F3 repeats. */
    REP,
    /** F3 and F2 repeat while (not) equal. */
    REPE,
    /** Valid in 64-bit mode only. */
    ONLY64,
    /** Not valid in 64-bit mode. */
    NO64,
    /** A second encoding of a form: an assembler never picks it. */
    ALIAS,
    /** Decoded, but an assembler never picks it. */
    DECODE,
    /** For 16-bit addresses. */
    A16,
    /** For 32-bit addresses. */
    A32,
    /** For 64-bit addresses. */
    A64,
    /** For REX.B = 0 only: 90 is NOP, 41 90 is XCHG R8D, EAX. */
    NOREXB,
    /** AT&T source writes a star before the operand. */
    INDIRECT,
    /** String instruction: GNU tools write the implicit memory operands. */
    STRING,
    /** A shift by one: GNU tools do not write the count. */
    SHIFT1,
    /** 2E and 3E are branch hints. */
    HINT,
    /** F2 is BND. */
    BND,
    /** 3E is NOTRACK. */
    NOTRACK,
    /** GNU as takes the 64-bit register too and leaves out REX.W. */
    WIDE,
    /** Intel syntax writes no size before the memory operand. */
    NOPTR,
    /** AT&T source keeps the Intel order. */
    BOUNDORDER,
    /** GNU tools write a small immediate as a part of the name: CMPPS with 0 is {@code cmpeqps}. */
    COMPARE,
    /** The same for PCLMULQDQ. */
    CARRYLESS,
    /** The memory operand needs a SIB byte. */
    SIB,
    /** Executed, although it is of a unit whose forms are only listed otherwise. */
    EXECUTED;

    static FormAttribute of(String word) {
        for (FormAttribute attribute : values()) {
            if (attribute.name().toLowerCase(Locale.ROOT).equals(word)) return attribute;
        }
        throw new IllegalArgumentException("unknown attribute " + word);
    }
}
