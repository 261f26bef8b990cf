package dev.trapframe.emulator.descriptor;

/**
 * Where the 64-bit and the 32-bit task-state segment keep their stack pointers and their I/O map.
 *
 * <p>Source: Intel SDM Vol. 3A, "Task Management in 64-bit Mode", figure "64-Bit TSS Format", and "Task-State Segment
 * (TSS)", figure "32-Bit Task-State Segment (TSS)".
 */
public final class Tss {

    /** A limit below this one is too small for all of the fixed part. */
    public static final int MINIMUM_LIMIT = 0x67;

    public static final int IO_MAP_BASE_OFFSET = 0x66;

    private static final int ESP0_OFFSET = 0x04;
    private static final int RSP0_OFFSET = 0x04;
    private static final int IST1_OFFSET = 0x24;

    private Tss() {}

    /** Offset of ESP0, ESP1 or ESP2 in a 32-bit TSS; the stack segment follows. */
    public static int espOffset(int cpl) {
        if (cpl < 0 || cpl > 2) throw new IllegalArgumentException("the TSS has stacks for CPL 0 to 2, got " + cpl);
        return ESP0_OFFSET + Long.BYTES * cpl;
    }

    /** Offset of RSP0, RSP1 or RSP2. */
    public static int rspOffset(int cpl) {
        if (cpl < 0 || cpl > 2) throw new IllegalArgumentException("the TSS has stacks for CPL 0 to 2, got " + cpl);
        return RSP0_OFFSET + Long.BYTES * cpl;
    }

    /** Offset of IST1 to IST7. */
    public static int istOffset(int ist) {
        if (ist < 1 || ist > 7) throw new IllegalArgumentException("the TSS has IST1 to IST7, got " + ist);
        return IST1_OFFSET + Long.BYTES * (ist - 1);
    }
}
