package dev.trapframe.emulator.format;

/** The two notations of GNU tools. */
public enum Syntax {
    /** {@code mov %rsp,%rdi}: source first. */
    ATT,
    /** {@code mov rdi,rsp}: destination first. */
    INTEL
}
