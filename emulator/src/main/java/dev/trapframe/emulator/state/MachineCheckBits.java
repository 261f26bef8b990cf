package dev.trapframe.emulator.state;

/** Bits of the machine-check MSRs. Source: Intel SDM Vol. 3B, "Machine-Check MSRs". */
public final class MachineCheckBits {

    /** IA32_MCG_CAP: one bank, no IA32_MCG_CTL. */
    public static final long MCG_CAP = 1;

    /** IA32_MCG_STATUS: the program can go on at the saved RIP. */
    public static final long MCG_RIPV = 1;
    /** IA32_MCG_STATUS: the instruction at the saved RIP has to do with the error. */
    public static final long MCG_EIPV = 1 << 1;
    /** IA32_MCG_STATUS: a machine check is in progress. */
    public static final long MCG_MCIP = 1 << 2;

    /** IA32_MCi_STATUS: the bank reports something. */
    public static final long MCI_VAL = 1L << 63;

    private MachineCheckBits() {}
}
