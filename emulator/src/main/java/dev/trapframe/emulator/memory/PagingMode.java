package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.MicroOp.PagingEntry;
import java.util.Optional;

/**
 * The tables of one paging mode: how a walk goes down and what the bits of an entry mean there. The bits that all modes
 * share stand here; a walk is the same in all.
 *
 * <p>Source: Intel SDM Vol. 3A, "Paging".
 */
interface PagingMode {

    long PRESENT = 1;
    long WRITABLE = 1 << 1;
    long USER = 1 << 2;
    long ACCESSED = 1 << 5;
    long DIRTY = 1 << 6;
    long PAGE_SIZE = 1 << 7;
    long GLOBAL = 1 << 8;
    long NO_EXECUTE = 1L << 63;

    /** No table stands here. */
    long NO_TABLE = -1;

    /** Level of the highest table in memory; 1 is that of page tables. */
    int topLevel();

    int entrySizeBytes();

    /** Physical address of the highest table for a linear address; {@link #NO_TABLE} if there is none. */
    long topTable(long linear);

    /** What leads to {@link #topTable} if that is not CR3 itself. */
    default Optional<PagingEntry> root(long linear) {
        return Optional.empty();
    }

    /** Where in a table of this level the entry of a linear address stands, in bytes. */
    default long entryOffset(int level, long linear) {
        long index = linear >>> shift(level) & PhysicalMemory.PAGE_SIZE / entrySizeBytes() - 1;
        return index * entrySizeBytes();
    }

    /** True if a present entry maps a page, false if it names a table. */
    boolean mapsPage(int level, long value);

    /** Bits that have to be 0 in a present entry of this level. */
    long reservedBits(int level, long value);

    /** The physical address of the table that an entry names. */
    long table(long value);

    /** The physical address of the page that an entry of this level maps. */
    long page(int level, long value);

    /** Lowest bit of the linear address that an entry of this level tells from the next. */
    int shift(int level);

    /** Bytes that an entry of this level maps. */
    default long pageSizeBytes(int level) {
        return 1L << shift(level);
    }

    /** The protection key of an entry that maps a page; 0 where the mode has none. */
    default int protectionKey(long value) {
        return 0;
    }
}
