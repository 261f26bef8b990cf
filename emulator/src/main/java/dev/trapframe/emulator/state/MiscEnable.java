package dev.trapframe.emulator.state;

/** Bits of IA32_MISC_ENABLE that have an effect. Source: Intel SDM Vol. 4, "IA-32 Architectural MSRs". */
public final class MiscEnable {

    /** MONITOR and MWAIT exist. */
    public static final long MONITOR = 1L << 18;
    /** CPUID answers no leaf above 3. */
    public static final long LIMIT_CPUID = 1L << 22;
    /** EFER.NXE cannot be set, and CPUID says so. */
    public static final long NO_EXECUTE_DISABLE = 1L << 34;

    /** Fast strings and MONITOR. */
    public static final long INITIAL = MONITOR | 1;

    private MiscEnable() {}
}
