package dev.trapframe.emulator.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SortedMap;
import java.util.TreeMap;

/** Physical memory while a machine is being put together: pages come into being when they are written. */
final class PhysicalImage {

    static final int PAGE_BYTES = 4096;

    /** Frames for what has no fixed physical address: page tables, stacks, user pages. */
    private static final long FIRST_FREE_FRAME = 0x10_0000L;

    private final SortedMap<Long, byte[]> pages = new TreeMap<>();
    private long nextFrame = FIRST_FREE_FRAME;

    /** A fresh, zeroed frame; its physical address. */
    long allocate() {
        long frame = nextFrame;
        nextFrame += PAGE_BYTES;
        page(frame);
        return frame;
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
