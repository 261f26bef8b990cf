package dev.trapframe.emulator.comparison;

import dev.trapframe.emulator.decode.CodeMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Where GNU binutils and we differ on purpose: {@code on-purpose.tsv}. Remembers which of its lines were needed. */
final class OnPurpose {

    private static final int COLUMNS = 5;

    private final List<Line> lines = new ArrayList<>();
    private final Set<Line> used = new HashSet<>();

    /**
     * @param mode     64, 32 or any
     * @param mnemonic pattern of the manual's name
     * @param ours     pattern of our text
     * @param theirs   pattern of objdump's
     * @param source   why, with the manual's section
     */
    private record Line(String mode, Pattern mnemonic, Pattern ours, Pattern theirs, String source) {

        boolean permits(CodeMode mode, String mnemonic, String ours, String theirs) {
            String bits = mode == CodeMode.LONG_64 ? "64" : "32";
            return (this.mode.equals("any") || this.mode.equals(bits))
                    && this.mnemonic.matcher(mnemonic).matches()
                    && this.ours.matcher(ours).matches()
                    && this.theirs.matcher(theirs).matches();
        }
    }

    OnPurpose() throws IOException {
        for (String text : Expected.lines("on-purpose.tsv")) {
            String[] cells = text.split("\t");
            if (cells.length != COLUMNS) throw new IOException("on-purpose.tsv: five columns expected in: " + text);
            lines.add(new Line(
                    cells[0],
                    Pattern.compile(cells[1]),
                    Pattern.compile(cells[2]),
                    Pattern.compile(cells[3]),
                    cells[4]));
        }
    }

    /** True if a line says so. */
    boolean permits(CodeMode mode, String mnemonic, String ours, String theirs) {
        for (Line line : lines) {
            if (!line.permits(mode, mnemonic, ours, theirs)) continue;
            used.add(line);
            return true;
        }
        return false;
    }

    /** The reasons of the lines that no difference needed so far. */
    List<String> unused() {
        return lines.stream()
                .filter(line -> !used.contains(line))
                .map(Line::source)
                .toList();
    }
}
