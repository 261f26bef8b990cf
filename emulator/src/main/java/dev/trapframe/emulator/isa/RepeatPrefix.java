package dev.trapframe.emulator.isa;

/** The repeat prefix of a string instruction: F3 is REP or REPE, F2 is REPNE. */
public enum RepeatPrefix {
    NONE,
    REP,
    REPNE
}
