package dev.trapframe.emulator.assemble;

import java.util.List;

/**
 * One thing that is wrong in the source.
 *
 * @param line       from 1; in a macro, the line of its body
 * @param column     from 1, in that line
 * @param macroTrail the expansions that the line is in, innermost first, for example {@code macro GATE at entry.S:12}
 */
public record Diagnostic(String file, int line, int column, String message, List<String> macroTrail) {

    private static final int SHOWN_EXPANSIONS = 10;

    public Diagnostic {
        macroTrail = List.copyOf(macroTrail);
    }

    /** {@code FILE:LINE:COLUMN: what is wrong}, then one indented line for each expansion, of many the inner ones and the first. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(file)
                .append(':')
                .append(line)
                .append(':')
                .append(column)
                .append(": ")
                .append(message);
        int last = macroTrail.size() - 1;
        for (int i = 0; i <= last; i++) {
            boolean shown = macroTrail.size() <= SHOWN_EXPANSIONS || i < SHOWN_EXPANSIONS - 2 || i == last;
            if (shown) text.append("\n    in ").append(macroTrail.get(i));
            else if (i == SHOWN_EXPANSIONS - 2)
                text.append("\n    in ").append(last - i).append(" more");
        }
        return text.toString();
    }
}
