package dev.trapframe.emulator.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Physical memory while a machine is being put together: pages come into being when they are written. */
final class PhysicalImage {

    static final int PAGE_BYTES = 4096;

    /** Frames for what has no fixed physical address: page tables, stacks, user pages. */
    private static final long FIRST_FREE_FRAME = 0x10_0000L;

    private final SortedMap<Long, byte[]> pages = new TreeMap<>();
    /** First byte to first byte beyond. */
    private final NavigableMap<Long, Long> reserved = new TreeMap<>();

    private long nextFrame = FIRST_FREE_FRAME;

    /** A fresh, zeroed frame; its physical address. */
    long allocate() {
        long frame = nextFrame();
        page(frame);
        return frame;
    }

    /** The next frame that nobody has, as its physical address; it stays untouched, so that it costs nothing. */
    long nextFrame() {
        for (Long end = reservedTo(nextFrame); end != null; end = reservedTo(nextFrame)) nextFrame = end;
        long frame = nextFrame;
        nextFrame += PAGE_BYTES;
        return frame;
    }

    private @Nullable Long reservedTo(long frame) {
        Map.Entry<Long, Long> before = reserved.floorEntry(frame);
        return before == null || before.getValue() <= frame ? null : before.getValue();
    }

    /** Keeps the frames of these bytes from being allocated. */
    void reserve(long physical, long sizeBytes) {
        long start = physical & -PAGE_BYTES;
        long end = physical + sizeBytes + PAGE_BYTES - 1 & -PAGE_BYTES;
        reserved.merge(start, end, Math::max);
    }

    void write(long physical, byte[] bytes) {
        for (int done = 0; done < bytes.length; ) {
            long address = physical + done;
            int offset = (int) (address % PAGE_BYTES);
            int count = Math.min(PAGE_BYTES - offset, bytes.length - done);
            System.arraycopy(bytes, done, page(address - offset), offset, count);
            done += count;
        }
    }

    long readQuad(long physical) {
        return quads(physical).getLong((int) (physical % PAGE_BYTES));
    }

    void writeQuad(long physical, long value) {
        quads(physical).putLong((int) (physical % PAGE_BYTES), value);
    }

    SortedMap<Long, byte[]> pages() {
        return pages;
    }

    private ByteBuffer quads(long physical) {
        return ByteBuffer.wrap(page(physical - physical % PAGE_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private byte[] page(long physicalPage) {
        return pages.computeIfAbsent(physicalPage, ignored -> new byte[PAGE_BYTES]);
    }
}
