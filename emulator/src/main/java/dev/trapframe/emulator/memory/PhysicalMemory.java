package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.ChangeSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * RAM from physical address 0 on, and the devices. Pages come into being when they are first written; until then they
 * read as zero. Beyond RAM and devices reads give ones and writes are lost.
 *
 * <p>Pages are copy-on-write: {@link #pages()} hands out the bytes as they are, and the next write to such a page copies
 * it. Not thread-safe.
 */
public final class PhysicalMemory {

    public static final int PAGE_SIZE = 4096;
    public static final int PAGE_SHIFT = 12;

    private static final int CHUNK_SHIFT = 9;
    private static final int CHUNK_PAGES = 1 << CHUNK_SHIFT;
    private static final long MAX_RAM = 1L << 36;
    private static final long OFFSET = PAGE_SIZE - 1;

    /** A page of RAM that has been written or loaded. */
    static final class Page {
        private final long number;
        private byte[] bytes;
        /** Somebody else holds {@link #bytes}: copy before the next write. */
        private boolean shared;
        /** Instructions that are cached somewhere: tell before the next write to them. Null while there are none. */
        private @Nullable WatchedBytes watched;

        Page(long number, byte[] bytes, boolean shared) {
            this.number = number;
            this.bytes = bytes;
            this.shared = shared;
        }

        byte[] bytes() {
            return bytes;
        }

        /** These bytes may be written without telling anybody and without copying. */
        boolean isPlain(int offset, int sizeBytes) {
            return !shared && !isWatched(offset, sizeBytes);
        }

        private boolean isWatched(int offset, int sizeBytes) {
            return watched != null && watched.touches(offset, sizeBytes);
        }

        private void watch(int offset, int sizeBytes) {
            if (watched == null) watched = new WatchedBytes();
            watched.add(offset, sizeBytes);
        }
    }

    private final long sizeBytes;
    private final Page[][] chunks;
    private final List<MmioRegion> devices = new ArrayList<>();
    private int pageCount;
    private ChangeSink sink = ChangeSink.NONE;
    private LongConsumer watcher = page -> {};

    /**
     * @param sizeBytes size of RAM: a multiple of 4,096, at most 64 GiB
     * @param pages     physical page address to its 4,096 bytes, which are not copied and never written to
     * @throws IllegalArgumentException naming what does not fit
     */
    public PhysicalMemory(long sizeBytes, Map<Long, byte[]> pages) {
        if (sizeBytes <= 0 || sizeBytes > MAX_RAM || (sizeBytes & OFFSET) != 0) {
            throw new IllegalArgumentException(
                    "RAM has a multiple of 4096 bytes and at most 64 GiB, got 0x" + Long.toHexString(sizeBytes));
        }
        this.sizeBytes = sizeBytes;
        this.chunks = new Page[(int) ((sizeBytes >>> PAGE_SHIFT) + CHUNK_PAGES - 1 >>> CHUNK_SHIFT)][];
        pages.forEach(this::load);
    }

    private void load(long physical, byte[] bytes) {
        if (bytes.length != PAGE_SIZE || (physical & OFFSET) != 0 || physical < 0 || physical >= sizeBytes) {
            throw new IllegalArgumentException("a page is 4096 bytes inside of RAM, got " + bytes.length
                    + " bytes at 0x" + Long.toHexString(physical));
        }
        insert(new Page(physical >>> PAGE_SHIFT, bytes, true));
    }

    private Page insert(Page page) {
        int chunk = (int) (page.number >>> CHUNK_SHIFT);
        if (chunks[chunk] == null) chunks[chunk] = new Page[CHUNK_PAGES];
        chunks[chunk][(int) page.number & CHUNK_PAGES - 1] = page;
        pageCount++;
        return page;
    }

    public void setSink(ChangeSink sink) {
        this.sink = sink;
    }

    /** Who hears the page number before {@linkplain #watch watched} bytes change; nothing of that page is watched then. */
    public void setWatcher(LongConsumer watcher) {
        this.watcher = watcher;
    }

    public void addDevice(MmioRegion device) {
        devices.add(device);
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** Pages that hold anything: loaded or written since. */
    public int pageCount() {
        return pageCount;
    }

    /** True if the address lies in a page of RAM that holds anything. */
    public boolean holds(long physical) {
        return find(physical) != null;
    }

    /** Asks to be told once before these bytes are written, which lie in a page of RAM that holds anything; others of it may be. */
    public void watch(long physical, int sizeBytes) {
        Page page = find(physical);
        if (page != null) page.watch((int) (physical & OFFSET), sizeBytes);
    }

    /** The page with this address if it is RAM and holds anything, else null. */
    Page find(long physical) {
        if (physical < 0 || physical >= sizeBytes || !devices.isEmpty() && deviceAt(physical) != null) return null;
        Page[] chunk = chunks[(int) (physical >>> PAGE_SHIFT + CHUNK_SHIFT)];
        return chunk == null ? null : chunk[(int) (physical >>> PAGE_SHIFT) & CHUNK_PAGES - 1];
    }

    /** Reads 1 to 8 bytes that do not cross a page. */
    public long read(long physical, int sizeBytes) {
        Page page = find(physical);
        if (page != null) return LittleEndian.get(page.bytes, (int) (physical & OFFSET), sizeBytes);
        MmioRegion device = deviceAt(physical);
        if (device != null) return device.read(physical - device.physical(), sizeBytes);
        return physical >= 0 && physical < this.sizeBytes ? 0 : LittleEndian.truncate(-1, sizeBytes);
    }

    /**
     * Writes 1 to 8 bytes that do not cross a page.
     *
     * @param linear the linear address of the write, -1 for a page walk's accessed and dirty bits
     */
    public void write(long physical, long linear, int sizeBytes, long value) {
        MmioRegion device = deviceAt(physical);
        if (device != null) {
            device.write(physical - device.physical(), sizeBytes, value);
            return;
        }
        if (physical < 0 || physical >= this.sizeBytes) return;
        write(writable(physical, sizeBytes), physical, linear, sizeBytes, value);
    }

    /** Writes into a page where that {@link Page#isPlain may be done directly}. */
    void write(Page page, long physical, long linear, int sizeBytes, long value) {
        int offset = (int) (physical & OFFSET);
        long before = LittleEndian.get(page.bytes, offset, sizeBytes);
        LittleEndian.put(page.bytes, offset, sizeBytes, value);
        sink.memoryChanged(physical, linear, sizeBytes, before, LittleEndian.truncate(value, sizeBytes));
    }

    /** Physical address of a page. */
    static long address(Page page) {
        return page.number << PAGE_SHIFT;
    }

    private Page writable(long physical, int size) {
        Page page = find(physical);
        if (page == null) return insert(new Page(physical >>> PAGE_SHIFT, new byte[PAGE_SIZE], false));
        if (page.isWatched((int) (physical & OFFSET), size)) {
            page.watched = null;
            watcher.accept(page.number);
        }
        if (page.shared) {
            page.bytes = page.bytes.clone();
            page.shared = false;
        }
        return page;
    }

    private MmioRegion deviceAt(long physical) {
        for (MmioRegion device : devices) {
            if (physical >= device.physical() && physical - device.physical() < device.sizeBytes()) return device;
        }
        return null;
    }

    /** All pages that hold anything, by address; the bytes stay as they are however the memory is written later. */
    public SortedMap<Long, byte[]> pages() {
        SortedMap<Long, byte[]> result = new TreeMap<>();
        for (Page[] chunk : chunks) {
            if (chunk == null) continue;
            for (Page page : chunk) {
                if (page == null) continue;
                page.shared = true;
                result.put(address(page), page.bytes);
            }
        }
        return result;
    }
}
