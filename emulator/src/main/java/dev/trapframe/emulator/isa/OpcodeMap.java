package dev.trapframe.emulator.isa;

/** The opcode maps: which escape bytes stand before the opcode. */
public enum OpcodeMap {
    ONE_BYTE,
    TWO_BYTE(0x0F),
    THREE_BYTE_38(0x0F, 0x38),
    THREE_BYTE_3A(0x0F, 0x3A);

    private final int[] escapes;

    OpcodeMap(int... escapes) {
        this.escapes = escapes;
    }

    /** Bytes before the opcode: 0, 1 or 2. */
    public int escapeCount() {
        return escapes.length;
    }

    /** The escape byte at {@code index}, 0 to {@link #escapeCount()} - 1. */
    public int escape(int index) {
        return escapes[index];
    }
}
