package dev.trapframe.emulator.descriptor;

/**
 * A 64-bit call gate: 16 bytes in the GDT or LDT.
 *
 * <p>Source: Intel SDM Vol. 3A, "IA-32e Mode Call Gates".
 *
 * @param selector  the target's code-segment selector, 16 bits; its RPL is not looked at
 * @param offset    the target's entry point, a linear address that may be non-canonical
 * @param type      S and type, 5 bits: {@link #TYPE}, or the gate is none
 * @param dpl       highest CPL, and highest RPL of the gate's own selector, from which it may be used
 * @param present   the P flag
 * @param upperType bits 12 to 8 of the gate's last doubleword, where a descriptor of 8 bytes would have its type: has to
 *     be 0
 */
public record CallGate(int selector, long offset, int type, int dpl, boolean present, int upperType) {

    public static final int SIZE_BYTES = 16;

    /** The only type of a call gate in IA-32e mode; outside of it, that of a gate to 32-bit code. */
    public static final int TYPE = 0xc;

    /** Outside of IA-32e mode: a gate to 16-bit code. */
    public static final int TYPE_16 = 0x4;

    /** Parses the two quadwords of a gate, read as little-endian values. */
    public static CallGate parse(long low, long high) {
        IdtGate alike = IdtGate.parse(low, high);
        return new CallGate(
                alike.selector(), alike.offset(), alike.type(), alike.dpl(), alike.present(), alike.upperType());
    }

    /** True if both halves say so. */
    public boolean isCallGate() {
        return type == TYPE && upperType == 0;
    }
}
