package dev.trapframe.emulator.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header by which a kernel says that a multiboot boot loader may start it, and how.
 *
 * <p>Source: Multiboot Specification 0.6.96, "OS image format".
 *
 * @param offset in the file
 * @param flags  bits 0 to 15 the loader must understand, bits 16 to 31 it may ignore
 */
record MultibootHeader(ByteBuffer file, int offset, int flags) {

    /** The header lies within so many bytes from the start of the file. */
    private static final int SEARCHED_BYTES = 8192;

    private static final int MAGIC = 0x1bad_b002;
    private static final int SHORT_BYTES = 12;
    private static final int LONG_BYTES = 32;
    private static final int PAGE_ALIGNED_MODULES = 1;
    private static final int MEMORY_INFORMATION = 1 << 1;
    private static final int VIDEO_MODE = 1 << 2;
    private static final int REQUIREMENTS = 0xffff;
    private static final int ADDRESSES = 1 << 16;

    /**
     * Finds the header.
     *
     * @throws IllegalArgumentException if there is none, or it asks for something that is not there
     */
    static MultibootHeader find(byte[] bytes) {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int withWrongSum = -1;
        for (int offset = 0; offset + SHORT_BYTES <= Math.min(bytes.length, SEARCHED_BYTES); offset += Integer.BYTES) {
            if (file.getInt(offset) != MAGIC) continue;
            int flags = file.getInt(offset + 4);
            if (MAGIC + flags + file.getInt(offset + 8) == 0) return new MultibootHeader(file, offset, flags).checked();
            withWrongSum = offset;
        }
        if (withWrongSum < 0) {
            throw new IllegalArgumentException(
                    "no multiboot header: the first 8192 bytes have no 0x1badb002 at a multiple" + " of 4");
        }
        int flags = file.getInt(withWrongSum + 4);
        throw new IllegalArgumentException(String.format(
                "multiboot header (offset 0x%x): checksum is 0x%x; expected 0x%x, so that magic, flags and checksum"
                        + " add up to 0",
                withWrongSum, file.getInt(withWrongSum + 8), -(MAGIC + flags)));
    }

    private MultibootHeader checked() {
        int unknown = flags & REQUIREMENTS & ~(PAGE_ALIGNED_MODULES | MEMORY_INFORMATION | VIDEO_MODE);
        if (unknown != 0) {
            throw bad(
                    "flags (offset 0x%x) are 0x%x: bits 0x%x ask for what no loader knows", offset + 4, flags, unknown);
        }
        return this;
    }

    /** The kernel wants to know about its display. The mode that it names is a wish, which a loader need not fulfil. */
    boolean asksForVideo() {
        return (flags & VIDEO_MODE) != 0;
    }

    /** The kernel says itself where it is to be loaded; else the file is an ELF file. */
    boolean hasAddresses() {
        return (flags & ADDRESSES) != 0;
    }

    /** Physical address of the first instruction. */
    long entry() {
        return word(28);
    }

    /**
     * The part of the file that the address fields mean, with the zeroes behind it.
     *
     * @throws IllegalArgumentException naming the field that is wrong
     */
    LoadSegment segment() {
        if (file.capacity() < offset + LONG_BYTES) {
            throw bad(
                    "the file ends inside the multiboot header (offset 0x%x), whose flags promise address fields",
                    offset);
        }
        long header = word(12);
        long load = word(16);
        long loadEnd = word(20);
        long bssEnd = word(24);
        long start = offset - (header - load);
        if (header < load || start < 0) {
            throw bad(
                    "load_addr (offset 0x%x) is 0x%x; expected 0x%x to 0x%x, as header_addr is 0x%x and the header is"
                            + " 0x%x bytes into the file",
                    offset + 16, load, header - offset, header, header, offset);
        }
        long end = loadEnd == 0 ? file.capacity() : start + loadEnd - load;
        if (end < start || end > file.capacity()) {
            throw bad(
                    "load_end_addr (offset 0x%x) is 0x%x; expected 0x%x to 0x%x, where the file ends",
                    offset + 20, loadEnd, load, load + file.capacity() - start);
        }
        long loaded = end - start;
        if (bssEnd != 0 && bssEnd < load + loaded) {
            throw bad(
                    "bss_end_addr (offset 0x%x) is 0x%x; expected 0, or at least 0x%x, where the loaded bytes end",
                    offset + 24, bssEnd, load + loaded);
        }
        byte[] bytes = new byte[(int) loaded];
        file.get((int) start, bytes);
        return new LoadSegment("the kernel", load, load, bytes, bssEnd == 0 ? loaded : bssEnd - load, true, true);
    }

    private long word(int field) {
        return Integer.toUnsignedLong(file.getInt(offset + field));
    }

    private static IllegalArgumentException bad(String format, Object... arguments) {
        return new IllegalArgumentException(String.format(format, arguments));
    }
}
