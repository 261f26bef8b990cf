package dev.trapframe.emulator.state;

/** Bits of DR6, DR7 and IA32_DEBUGCTL. Source: Intel SDM Vol. 3B, "Debug Registers". */
public final class DebugBits {

    /** DR6: B0 to B3. */
    public static final long DR6_BREAKPOINTS = 0xf;

    public static final long DR6_BD = 1L << 13;
    public static final long DR6_BS = 1L << 14;
    /** DR7: L0, G0 to L3, G3. */
    public static final long DR7_ENABLES = 0xff;

    public static final long DR7_GD = 1L << 13;

    /** IA32_DEBUGCTL: record branches. Source: Intel SDM Vol. 4, "IA-32 Architectural MSRs". */
    public static final long DEBUGCTL_LBR = 1;
    /** IA32_DEBUGCTL: RFLAGS.TF traps taken branches only. */
    public static final long DEBUGCTL_BTF = 1L << 1;

    private DebugBits() {}

    /** Breakpoint 0 to 3 is enabled, locally or globally. */
    public static boolean isEnabled(long dr7, int breakpoint) {
        return (dr7 >> 2 * breakpoint & 3) != 0;
    }

    /** R/W field: 0 execution, 1 data writes, 2 I/O, 3 data reads and writes. */
    public static int kind(long dr7, int breakpoint) {
        return (int) (dr7 >> 16 + 4 * breakpoint) & 3;
    }

    /** LEN field in bytes: 1, 2, 4 or 8. */
    public static int sizeBytes(long dr7, int breakpoint) {
        return switch ((int) (dr7 >> 18 + 4 * breakpoint) & 3) {
            case 0 -> 1;
            case 1 -> 2;
            case 2 -> 8;
            default -> 4;
        };
    }
}
