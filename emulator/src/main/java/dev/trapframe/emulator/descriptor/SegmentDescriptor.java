package dev.trapframe.emulator.descriptor;

import dev.trapframe.emulator.api.Change.Descriptor;

/**
 * A segment descriptor, or the first half of a 16-byte system descriptor, as it stands in the GDT or LDT.
 *
 * <p>Source: Intel SDM Vol. 3A, "Segment Descriptors" and "System Descriptor Types".
 *
 * @param base       linear; the low 32 bits of it for a system descriptor, see {@link #withUpperHalf}
 * @param limitBytes after granularity: the last valid offset
 * @param attributes descriptor bits 8 to 15 and 20 to 23: {@code (G D/B L AVL) << 12 | P DPL S type}
 */
public record SegmentDescriptor(long base, long limitBytes, int attributes) {

    public static final int SIZE_BYTES = 8;
    /** LDT and TSS descriptors in long mode. */
    public static final int SYSTEM_SIZE_BYTES = 16;

    public static final int TYPE_TSS_16_AVAILABLE = 0x1;
    public static final int TYPE_TSS_16_BUSY = 0x3;
    public static final int TYPE_LDT = 0x2;
    public static final int TYPE_TASK_GATE = 0x5;
    public static final int TYPE_TSS_AVAILABLE = 0x9;
    public static final int TYPE_TSS_BUSY = 0xb;

    /** The bit of a TSS's type that says so. */
    public static final int BUSY = 0x2;

    private static final int TYPE_ACCESSED = 0x1;
    private static final int TYPE_READABLE_OR_WRITABLE = 0x2;
    private static final int TYPE_CONFORMING_OR_EXPAND_DOWN = 0x4;
    private static final int TYPE_CODE = 0x8;
    private static final int NOT_SYSTEM = 0x10;
    private static final int PRESENT = 0x80;
    private static final int LONG = 0x2000;
    private static final int BIG = 0x4000;
    private static final int GRANULAR = 0x8000;

    /** Parses the eight bytes of a descriptor, read as a little-endian value. */
    public static SegmentDescriptor parse(long raw) {
        long base = (raw >>> 16 & 0xff_ffffL) | (raw >>> 56 << 24);
        long limit = (raw & 0xffffL) | (raw >>> 32 & 0xf_0000L);
        int attributes = (int) (raw >>> 40 & 0xf0ffL);
        return new SegmentDescriptor(base, (attributes & GRANULAR) != 0 ? limit << 12 | 0xfff : limit, attributes);
    }

    /** The hidden part of a segment register, LDTR or TR. */
    public static SegmentDescriptor of(Descriptor loaded) {
        return new SegmentDescriptor(loaded.base(), loaded.limitBytes(), loaded.attributes());
    }

    /** Of a 16-byte system descriptor: the base with bits 63 to 32 from the second eight bytes. */
    public SegmentDescriptor withUpperHalf(long rawUpper) {
        return new SegmentDescriptor(base | rawUpper << 32, limitBytes, attributes);
    }

    /** What a segment register holds after it was loaded with this descriptor. */
    public Descriptor loadedAs(int selector) {
        return new Descriptor(selector, base, limitBytes, attributes);
    }

    /**
     * True if all bytes from {@code offset} lie within the limit; an expand-down segment holds what is beyond it.
     *
     * <p>Source: Intel SDM Vol. 3A, "Limit Checking".
     */
    public boolean contains(long offset, int sizeBytes) {
        long last = offset + sizeBytes - 1;
        if (!isExpandDown()) return last <= limitBytes;
        return offset > limitBytes && last <= (isBig() ? 0xffff_ffffL : 0xffffL);
    }

    public int type() {
        return attributes & 0xf;
    }

    public int dpl() {
        return attributes >> 5 & 3;
    }

    public boolean isPresent() {
        return (attributes & PRESENT) != 0;
    }

    /** An LDT, TSS or gate: S is 0. */
    public boolean isSystem() {
        return (attributes & NOT_SYSTEM) == 0;
    }

    public boolean isCode() {
        return !isSystem() && (attributes & TYPE_CODE) != 0;
    }

    public boolean isData() {
        return !isSystem() && (attributes & TYPE_CODE) == 0;
    }

    public boolean isConforming() {
        return isCode() && (attributes & TYPE_CONFORMING_OR_EXPAND_DOWN) != 0;
    }

    public boolean isExpandDown() {
        return isData() && (attributes & TYPE_CONFORMING_OR_EXPAND_DOWN) != 0;
    }

    public boolean isReadable() {
        return isData() || isCode() && (attributes & TYPE_READABLE_OR_WRITABLE) != 0;
    }

    public boolean isWritable() {
        return isData() && (attributes & TYPE_READABLE_OR_WRITABLE) != 0;
    }

    public boolean isAccessed() {
        return !isSystem() && (attributes & TYPE_ACCESSED) != 0;
    }

    /** L: 64-bit code. */
    public boolean isLong() {
        return (attributes & LONG) != 0;
    }

    /** D/B: 32-bit default operand size, or stack width. */
    public boolean isBig() {
        return (attributes & BIG) != 0;
    }

    /** Selectors 0 to 3 are null. */
    public static boolean isNull(int selector) {
        return (selector & 0xfffc) == 0;
    }

    public static int rpl(int selector) {
        return selector & 3;
    }
}
