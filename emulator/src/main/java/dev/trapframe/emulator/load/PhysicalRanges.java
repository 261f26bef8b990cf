package dev.trapframe.emulator.load;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who has which bytes of physical memory while a machine is being put together. */
final class PhysicalRanges {

    private static final long PAGE_BYTES = PhysicalImage.PAGE_BYTES;

    private final List<Range> ranges = new ArrayList<>();
    private final List<Range> avoided = new ArrayList<>();

    /** @param end first byte beyond */
    private record Range(String owner, long start, long end) {

        @Override
        public String toString() {
            return String.format("%s (physical 0x%x to 0x%x)", owner, start, end - 1);
        }
    }

    /** @throws IllegalArgumentException naming both owners if a byte has one already */
    void add(String owner, long physical, long sizeBytes) {
        Range range = new Range(owner, physical, physical + sizeBytes);
        for (Range other : ranges) {
            if (range.start < other.end && other.start < range.end) {
                throw new IllegalArgumentException(range + " overlaps " + other);
            }
        }
        ranges.add(range);
    }

    /**
     * Takes the first whole pages from an address on that nobody has.
     *
     * @return the physical address
     * @throws IllegalArgumentException if there are none below {@code limit}
     */
    long take(String owner, long sizeBytes, long from, long limit) {
        long taken = Math.max(sizeBytes, 1); // even what is empty has an address of its own
        long start = roundUp(from);
        for (Range in = blocker(start, taken); in != null; in = blocker(start, taken)) start = roundUp(in.end);
        if (start + sizeBytes > limit) {
            throw new IllegalArgumentException(String.format(
                    "there is no room for %s: 0x%x bytes between physical 0x%x and 0x%x",
                    owner, sizeBytes, from, limit));
        }
        add(owner, start, taken);
        return start;
    }

    /** Keeps {@link #take} off these bytes, while {@link #add} may have them. */
    void avoid(String owner, long physical, long sizeBytes) {
        avoided.add(new Range(owner, physical, physical + sizeBytes));
    }

    private @Nullable Range blocker(long start, long sizeBytes) {
        Range blocker = blocker(ranges, start, sizeBytes);
        return blocker != null ? blocker : blocker(avoided, start, sizeBytes);
    }

    private static @Nullable Range blocker(List<Range> ranges, long start, long sizeBytes) {
        for (Range range : ranges) if (start < range.end && range.start < roundUp(start + sizeBytes)) return range;
        return null;
    }

    private static long roundUp(long physical) {
        return physical + PAGE_BYTES - 1 & -PAGE_BYTES;
    }
}
