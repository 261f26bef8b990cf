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

    public Diagnostic {
        macroTrail = List.copyOf(macroTrail);
    }

    /** {@code FILE:LINE:COLUMN: what is wrong}, then one indented line for each expansion. */
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
        for (String expansion : macroTrail) text.append("\n    in ").append(expansion);
        return text.toString();
    }
}
