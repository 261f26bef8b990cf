package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The loaded sections as one run of bytes, gaps filled with zeroes; zeroes at the end that no file holds are left out.
 *
 * @param linear address of the first byte
 */
public record FlatImage(long linear, byte[] bytes) {

    private static final long MAX_BYTES = 64 << 20;

    /** @throws IllegalArgumentException if the sections are too far from each other for that */
    public static FlatImage of(Assembly assembly) {
        List<Assembly.Section> sections = new ArrayList<>();
        for (Assembly.Section section : assembly.sections()) {
            if (section.allocated() && !section.noBits()) sections.add(section);
        }
        if (sections.isEmpty()) return new FlatImage(0, new byte[0]);
        sections.sort(Comparator.comparing(Assembly.Section::linear, Long::compareUnsigned));
        Assembly.Section last = sections.get(sections.size() - 1);
        long start = sections.get(0).linear();
        long bytes = last.linear() + last.bytes().length - start;
        if (bytes < 0 || bytes > MAX_BYTES) {
            throw new IllegalArgumentException("sections from 0x" + Long.toHexString(start) + " to 0x"
                    + Long.toHexString(last.linear()) + " are too far apart for one image");
        }
        byte[] image = new byte[(int) bytes];
        for (Assembly.Section section : sections) {
            System.arraycopy(section.bytes(), 0, image, (int) (section.linear() - start), section.bytes().length);
        }
        return new FlatImage(start, image);
    }
}
