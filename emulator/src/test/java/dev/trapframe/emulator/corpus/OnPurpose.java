package dev.trapframe.emulator.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The committed list {@code on-purpose.tsv}: where objdump and this project differ because the manual says otherwise. Its head
 * explains the columns. Remembers which lines were needed.
 */
final class OnPurpose {

    private static final int COLUMNS = 7;

    private final List<Line> lines;
    private final Set<Line> used = new HashSet<>();

    private OnPurpose(List<Line> lines) {
        this.lines = lines;
    }

    /** What differs. */
    enum What {
        /** #UD here, an instruction in objdump. */
        UNDEFINED,
        /** An instruction here, (bad) in objdump. */
        BAD,
        /** The text. */
        TEXT
    }

    /**
     * @param bits     64, 32, or * for any
     * @param prefixes all of these must be there; with | one of them; - for none
     */
    private record Line(
            String bits, What what, String prefixes, String opcode, String ours, String theirs, String source) {

        static Line of(String text) {
            String[] cells = text.split("\t");
            if (cells.length != COLUMNS) throw new IllegalArgumentException("on-purpose.tsv: seven columns: " + text);
            return new Line(cells[0], What.valueOf(cells[1]), cells[2], cells[3], cells[4], cells[5], cells[6]);
        }

        boolean covers(Sample sample, What difference) {
            if (what != difference || !bits.equals("*") && !bits.equals(Integer.toString(sample.bits()))) return false;
            PlacedOpcode placed = new PlacedOpcode(sample);
            return placed.hasPrefixes(prefixes) && placed.matches(opcode);
        }
    }

    static OnPurpose load() throws IOException {
        try (InputStream in = OnPurpose.class.getResourceAsStream("on-purpose.tsv")) {
            return new OnPurpose(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(Line::of)
                    .toList());
        }
    }

    boolean covers(Sample sample, What difference) {
        for (Line line : lines) {
            if (!line.covers(sample, difference)) continue;
            used.add(line);
            return true;
        }
        return false;
    }

    /** Lines that no sample needed. */
    List<String> unused() {
        return lines.stream()
                .filter(line -> !used.contains(line))
                .map(Line::toString)
                .toList();
    }
}
