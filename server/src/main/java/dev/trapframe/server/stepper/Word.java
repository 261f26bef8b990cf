package dev.trapframe.server.stepper;

import dev.trapframe.server.trace.HexJson;

/**
 * Eight bytes of memory.
 *
 * @param value  little-endian; hidden bytes are 0 in it
 * @param hidden a bit per byte that must not be shown, bit 0 for the lowest address
 */
record Word(long value, int hidden) {

    static final int BYTES = Long.BYTES;
    static final Word ZERO = new Word(0, 0);

    /** The word with some of its bytes replaced. */
    Word with(int firstByte, int count, boolean isHidden, long bytes) {
        long mask = maskOf(count) << 8 * firstByte;
        int bits = ((1 << count) - 1) << firstByte;
        long kept = value & ~mask;
        if (isHidden) return new Word(kept, hidden | bits);
        return new Word(kept | (bytes << 8 * firstByte & mask), hidden & ~bits);
    }

    boolean isNothing() {
        return value == 0 && hidden == 0;
    }

    String text() {
        return hidden == 0 ? Digits.qword(value) : Digits.HIDDEN;
    }

    /** Some of its bytes as text. */
    String text(int firstByte, int count) {
        int bits = ((1 << count) - 1) << firstByte;
        return (hidden & bits) != 0 ? Digits.HIDDEN : Digits.of(value >>> 8 * firstByte & maskOf(count), count);
    }

    static long maskOf(int bytes) {
        return bytes == BYTES ? -1 : (1L << 8 * bytes) - 1;
    }

    static long valueOf(HexJson hex) {
        return hex.text() == null ? 0 : Digits.parse(hex.text());
    }
}
