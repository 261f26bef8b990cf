package dev.trapframe.emulator.descriptor;

/**
 * One 64-bit IDT gate: the 16 bytes at {@code IDTR.base + 16 * vector}.
 *
 * <p>Source: Intel SDM Vol. 3A, "Interrupt and Exception Handling", section "64-Bit Mode IDT".
 *
 * @param selector handler's code-segment selector, 16 bits
 * @param offset   handler's entry point, a linear address that may be non-canonical
 * @param ist      stack to switch to: 1 to 7 is a TSS.IST slot, 0 means no IST switch
 * @param type     S and type, 5 bits: {@link #TYPE_INTERRUPT}, {@link #TYPE_TRAP}, or something that is not valid here
 * @param dpl      highest CPL (0 to 3) from which {@code INT n} may use this gate
 * @param present  the P flag; delivery through a gate that is not present raises #NP
 * @param upperType bits 12 to 8 of the gate's last doubleword, where a gate of 8 bytes would have its type: has to be 0
 */
public record IdtGate(int selector, long offset, int ist, int type, int dpl, boolean present, int upperType) {

    public static final int SIZE_BYTES = 16;

    /** Clears RFLAGS.IF on entry. */
    public static final int TYPE_INTERRUPT = 0xe;
    /** Leaves RFLAGS.IF alone. */
    public static final int TYPE_TRAP = 0xf;

    /** Parses the two quadwords of a gate, read as little-endian values. */
    public static IdtGate parse(long low, long high) {
        long offset = low & 0xffffL | low >>> 32 & 0xffff_0000L | high << 32;
        int selector = (int) (low >>> 16) & 0xffff;
        int flags = (int) (low >>> 32);
        return new IdtGate(
                selector,
                offset,
                flags & 7,
                flags >> 8 & 0x1f,
                flags >> 13 & 3,
                (flags & 0x8000) != 0,
                (int) (high >>> 40) & 0x1f);
    }

    public boolean isInterruptOrTrap() {
        return (type == TYPE_INTERRUPT || type == TYPE_TRAP) && upperType == 0;
    }

    public boolean clearsInterruptFlag() {
        return type == TYPE_INTERRUPT;
    }
}
