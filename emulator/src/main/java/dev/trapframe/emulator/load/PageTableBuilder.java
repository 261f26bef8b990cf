package dev.trapframe.emulator.load;

/**
 * Builds four-level page tables. Accessed and dirty bits are set beforehand, so that only what the program maps itself shows
 * the processor setting them.
 *
 * <p>Source: Intel SDM Vol. 3A, "Paging", section "4-Level Paging and 5-Level Paging".
 */
final class PageTableBuilder {

    static final long PRESENT = 1L;
    static final long WRITABLE = 1L << 1;
    static final long USER = 1L << 2;
    static final long ACCESSED = 1L << 5;
    static final long DIRTY = 1L << 6;
    static final long PAGE_SIZE = 1L << 7;
    static final long NO_EXECUTE = 1L << 63;

    private static final long ADDRESS_MASK = 0x000f_ffff_ffff_f000L;
    private static final int ROOT_LEVEL = 4;
    private static final int INDEX_BITS = 9;
    private static final int PAGE_BITS = 12;

    private final PhysicalImage image;
    private final long root;

    PageTableBuilder(PhysicalImage image) {
        this.image = image;
        this.root = image.allocate();
    }

    /** Physical address of the PML4 table: the value of CR3. */
    long root() {
        return root;
    }

    /** Maps one 4 KiB page; {@code rights} is a sum of WRITABLE, USER and NO_EXECUTE. */
    void map4K(long linear, long physical, long rights) {
        image.writeQuad(entry(linear, 1), physical | rights | PRESENT | ACCESSED | DIRTY);
    }

    /** Maps one 2 MiB page. */
    void map2M(long linear, long physical, long rights) {
        image.writeQuad(entry(linear, 2), physical | rights | PRESENT | ACCESSED | DIRTY | PAGE_SIZE);
    }

    /** Physical address of the entry that maps {@code linear} at {@code level}; tables above it are made as needed. */
    private long entry(long linear, int level) {
        long table = root;
        for (int current = ROOT_LEVEL; current > level; current--) {
            long at = table + 8L * index(linear, current);
            if ((image.readQuad(at) & PRESENT) == 0) image.writeQuad(at, image.allocate() | tableRights(linear));
            table = image.readQuad(at) & ADDRESS_MASK;
        }
        return table + 8L * index(linear, level);
    }

    /** Upper levels allow everything that any page below may allow; the lower half is the user's. */
    private static long tableRights(long linear) {
        return PRESENT | WRITABLE | ACCESSED | (linear >= 0 ? USER : 0);
    }

    private static int index(long linear, int level) {
        return (int) (linear >>> (PAGE_BITS + INDEX_BITS * (level - 1))) & 0x1ff;
    }
}
