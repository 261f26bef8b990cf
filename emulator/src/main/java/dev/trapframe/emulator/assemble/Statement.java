package dev.trapframe.emulator.assemble;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One statement: what stands between separators, labels included, comments blanked.
 *
 * @param column    of {@code text}, from 0: in the line, or in the expanded text of {@code expansion}
 * @param expansion how the text came from the body of a macro or a repetition; null if it is as written
 */
record Statement(
        Origin origin, int column, String text, @Nullable Expansion expansion) {

    /** Where a character of {@link #text} stands in the line that the source has, from 0. */
    int sourceColumn(int position) {
        int at = column + position;
        return expansion == null ? at : expansion.body().sourceColumn(expansion.bodyPosition(at));
    }

    /** The first word after labels, lower case: enough to find the end of a body. */
    String firstWord() {
        Scanner scanner = new Scanner(text);
        String word = scanner.symbolOrNumber();
        while (scanner.current() == ':') {
            scanner.position(scanner.position() + 1);
            word = scanner.symbolOrNumber();
        }
        return word.toLowerCase(Locale.ROOT);
    }
}
