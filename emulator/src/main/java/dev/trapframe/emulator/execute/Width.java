package dev.trapframe.emulator.execute;

/** Arithmetic on values that are 1, 2, 4 or 8 bytes wide and travel in a {@code long}. */
final class Width {

    private Width() {}

    static int bits(int sizeBytes) {
        return sizeBytes * Byte.SIZE;
    }

    /** All bits of a value of this width. */
    static long mask(int sizeBytes) {
        return -1L >>> Long.SIZE - bits(sizeBytes);
    }

    static long zeroExtend(long value, int sizeBytes) {
        return value & mask(sizeBytes);
    }

    static long signExtend(long value, int sizeBytes) {
        int unused = Long.SIZE - bits(sizeBytes);
        return value << unused >> unused;
    }

    static boolean isNegative(long value, int sizeBytes) {
        return bit(value, bits(sizeBytes) - 1);
    }

    static boolean bit(long value, int number) {
        return (value >>> number & 1) != 0;
    }
}
