package dev.trapframe.emulator.memory;

/** Parts of a page that somebody wants to hear of before they are written: 256 parts of 16 bytes. */
final class WatchedBytes {

    private static final int PART_SHIFT = 4;
    private static final int PARTS = PhysicalMemory.PAGE_SIZE >>> PART_SHIFT;

    private final long[] parts = new long[PARTS / Long.SIZE];

    /** Marks bytes; what lies beyond the page is left out. */
    void add(int offset, int sizeBytes) {
        int last = Math.min(offset + sizeBytes, PhysicalMemory.PAGE_SIZE) - 1 >>> PART_SHIFT;
        for (int part = offset >>> PART_SHIFT; part <= last; part++) parts[part >>> 6] |= 1L << part;
    }

    /** True if one of the bytes, 1 to 8 of them, lies in a part that is marked. */
    boolean touches(int offset, int sizeBytes) {
        return has(offset >>> PART_SHIFT) || has(offset + sizeBytes - 1 >>> PART_SHIFT);
    }

    private boolean has(int part) {
        return (parts[part >>> 6] >>> part & 1) != 0;
    }
}
