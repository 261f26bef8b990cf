package dev.trapframe.emulator.assemble;

import java.util.List;
import java.util.Locale;

/**
 * A line before comments are removed.
 *
 * @param macro the macro whose body has it, or empty
 * @param trail expansions, innermost first
 */
record RawLine(String file, int line, String text, String macro, List<String> trail) {

    RawLine withText(String newText) {
        return new RawLine(file, line, newText, macro, trail);
    }

    /** The first word, lower case: enough to find the end of a body. */
    String firstWord() {
        Scanner scanner = new Scanner(text);
        return scanner.symbol().toLowerCase(Locale.ROOT);
    }

    Origin origin() {
        return new Origin(file, line, text, macro, trail);
    }
}
