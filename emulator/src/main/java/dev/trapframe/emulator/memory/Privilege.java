package dev.trapframe.emulator.memory;

/** Whose rights an access uses. Source: Intel SDM Vol. 3A, "Access Rights". */
public enum Privilege {
    /** An access of a program at CPL 3. */
    USER,
    /** An access of a program at CPL 0 to 2; RFLAGS.AC lifts SMAP. */
    SUPERVISOR,
    /** An access of the processor itself to descriptor tables and the TSS: supervisor at any CPL; AC does not lift SMAP. */
    IMPLICIT_SUPERVISOR;

    public static Privilege ofCpl(int cpl) {
        return cpl == 3 ? USER : SUPERVISOR;
    }
}
