package dev.trapframe.emulator.descriptor;

/**
 * A gate of 8 bytes, as the IDT, GDT and LDT have them outside of IA-32e mode: interrupt, trap, call or task gate.
 *
 * <p>Source: Intel SDM Vol. 3A, "IDT Descriptors" and "Call Gates".
 *
 * @param selector   code-segment selector of the entry point, or the TSS of a task gate
 * @param offset     entry point in that segment: 32 bits, 16 in a 16-bit gate
 * @param parameters of a call gate, how many words of the gate's width to copy, 0 to 31
 * @param type       S and type, 5 bits
 * @param dpl        highest CPL (0 to 3) from which an instruction may use this gate
 * @param present    the P flag
 */
public record ProtectedModeGate(int selector, long offset, int parameters, int type, int dpl, boolean present) {

    public static final int SIZE_BYTES = 8;

    public static final int TYPE_TASK = 0x5;
    public static final int TYPE_INTERRUPT_16 = 0x6;
    public static final int TYPE_TRAP_16 = 0x7;
    public static final int TYPE_INTERRUPT_32 = 0xe;
    public static final int TYPE_TRAP_32 = 0xf;

    private static final int WIDE = 0x8;

    /** Parses the eight bytes of a gate, read as a little-endian value. */
    public static ProtectedModeGate parse(long raw) {
        int flags = (int) (raw >>> 32);
        boolean wide = (flags >> 8 & WIDE) != 0;
        long offset = raw & 0xffffL | (wide ? raw >>> 32 & 0xffff_0000L : 0);
        return new ProtectedModeGate(
                (int) (raw >>> 16) & 0xffff,
                offset,
                flags & 0x1f,
                flags >> 8 & 0x1f,
                flags >> 13 & 3,
                (flags & 0x8000) != 0);
    }

    /** Bytes of the words that it pushes: 4, or 2 of a 16-bit gate. */
    public int wordBytes() {
        return (type & WIDE) != 0 ? Integer.BYTES : Short.BYTES;
    }

    public boolean isTaskGate() {
        return type == TYPE_TASK;
    }

    public boolean isInterruptOrTrap() {
        return clearsInterruptFlag() || type == TYPE_TRAP_16 || type == TYPE_TRAP_32;
    }

    public boolean clearsInterruptFlag() {
        return type == TYPE_INTERRUPT_16 || type == TYPE_INTERRUPT_32;
    }
}
