package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.DefaultLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds frames for a program's segments and fills them.
 *
 * <p>A segment goes to the physical address that its file wishes; if RAM ends before that, to its linear address less that of
 * the kernel image map; if RAM does not reach there either, to any free frames.
 */
final class SegmentPages {

    private static final long PAGE_BYTES = PhysicalImage.PAGE_BYTES;
    private static final long PAGE_MASK = -PAGE_BYTES;
    private static final int SIGN_BITS = 16;

    private final PhysicalImage image;
    private final long ramSizeBytes;
    private final SortedMap<Long, Page> pages = new TreeMap<>();

    /** @param rights as {@link PageTableBuilder} takes them */
    private record Page(long frame, long rights) {}

    SegmentPages(PhysicalImage image, long ramSizeBytes) {
        this.image = image;
        this.ramSizeBytes = ramSizeBytes;
    }

    /** @throws IllegalArgumentException naming the segment that is not canonical, too large, or where another is */
    void place(List<LoadSegment> segments) {
        checkLinear(segments);
        List<LoadSegment> anywhere = new ArrayList<>();
        PhysicalRanges fixed = new PhysicalRanges();
        for (LoadSegment segment : segments) {
            Long physical = physicalOf(segment);
            if (physical == null) {
                anywhere.add(segment);
                continue;
            }
            fixed.add(segment.name(), physical, segment.memoryBytes());
            image.reserve(physical, segment.memoryBytes());
            addPages(segment, physical & PAGE_MASK);
        }
        for (LoadSegment segment : anywhere) addPages(segment, null);
        segments.forEach(this::fill);
    }

    void map(PageTableBuilder tables) {
        pages.forEach((linear, page) -> tables.map4K(linear, page.frame, page.rights));
    }

    private void checkLinear(List<LoadSegment> segments) {
        long left = ramSizeBytes;
        for (int i = 0; i < segments.size(); i++) {
            LoadSegment segment = segments.get(i);
            if (segment.memoryBytes() < 0 || segment.memoryBytes() > left) {
                throw new IllegalArgumentException(String.format(
                        "%s: 0x%x bytes do not fit into the machine's memory of 0x%x bytes",
                        segment.name(), segment.memoryBytes(), ramSizeBytes));
            }
            left -= segment.memoryBytes();
            boolean sameHalf = segment.linear() >= 0 == segment.lastLinear() >= 0;
            if (!isCanonical(segment.linear()) || !isCanonical(segment.lastLinear()) || !sameHalf) {
                throw new IllegalArgumentException(
                        segment.place() + " is not canonical: bits 63 to 47 of an address are all equal");
            }
            for (LoadSegment other : segments.subList(0, i)) {
                if (segment.overlapsLinear(other)) {
                    throw new IllegalArgumentException(segment.place() + " overlaps " + other.place());
                }
            }
        }
    }

    private static boolean isCanonical(long linear) {
        return linear << SIGN_BITS >> SIGN_BITS == linear;
    }

    /** Null if it may be anywhere. */
    private @Nullable Long physicalOf(LoadSegment segment) {
        boolean congruent = (segment.linear() - segment.physical()) % PAGE_BYTES == 0;
        if (congruent && fits(segment.physical(), segment.memoryBytes())) return segment.physical();
        long inImage = segment.linear() - DefaultLayout.KERNEL_MAP;
        return fits(inImage, segment.memoryBytes()) ? inImage : null;
    }

    private boolean fits(long physical, long sizeBytes) {
        return physical >= 0 && physical <= ramSizeBytes - sizeBytes;
    }

    private void addPages(LoadSegment segment, @Nullable Long firstFrame) {
        long rights = rights(segment);
        long first = segment.linear() & PAGE_MASK;
        long count = (segment.lastLinear() - first) / PAGE_BYTES + 1;
        for (long i = 0; i < count; i++) {
            long linear = first + i * PAGE_BYTES;
            Page there = pages.get(linear);
            long frame =
                    firstFrame != null ? firstFrame + i * PAGE_BYTES : there != null ? there.frame : image.nextFrame();
            if (there != null && there.frame != frame) {
                throw new IllegalArgumentException(String.format(
                        "%s shares the page at 0x%x with another, but wants it at physical address 0x%x instead of 0x%x",
                        segment.place(), linear, frame, there.frame));
            }
            pages.put(linear, new Page(frame, there == null ? rights : joined(rights, there.rights)));
        }
    }

    private static long rights(LoadSegment segment) {
        return (segment.writable() ? PageTableBuilder.WRITABLE : 0)
                | (segment.executable() ? 0 : PageTableBuilder.NO_EXECUTE)
                | (segment.linear() >= 0 ? PageTableBuilder.USER : 0);
    }

    /** What either allows. */
    private static long joined(long one, long other) {
        return (one | other) & ~PageTableBuilder.NO_EXECUTE | one & other & PageTableBuilder.NO_EXECUTE;
    }

    private void fill(LoadSegment segment) {
        byte[] bytes = segment.bytes();
        for (int done = 0; done < bytes.length; ) {
            long linear = segment.linear() + done;
            int inPage = (int) (linear & ~PAGE_MASK);
            int count = Math.min((int) PAGE_BYTES - inPage, bytes.length - done);
            Page page = pages.get(linear & PAGE_MASK);
            if (page == null) throw new IllegalStateException("no page at " + Long.toHexString(linear));
            image.write(page.frame + inPage, Arrays.copyOfRange(bytes, done, done + count));
            done += count;
        }
    }
}
