package dev.trapframe.emulator.memory;

/** A device's registers at physical addresses. Accesses do not cross the region's pages. */
public interface MmioRegion {

    /** Physical address of the first byte, a multiple of 4,096. */
    long physical();

    /** A multiple of 4,096. */
    long sizeBytes();

    /** A read of 1, 2, 4 or 8 bytes at an offset from {@link #physical()}; the value is zero-extended. */
    long read(long offset, int sizeBytes);

    /** A write of 1, 2, 4 or 8 bytes at an offset from {@link #physical()}. */
    void write(long offset, int sizeBytes, long value);
}
