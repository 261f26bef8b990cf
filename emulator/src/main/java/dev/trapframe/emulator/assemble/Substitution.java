package dev.trapframe.emulator.assemble;

import java.util.Map;

/** Puts arguments into the body of a macro or a repetition: {@code \name}, {@code \@}, {@code \()}. */
final class Substitution {

    private final String line;
    private final Map<String, String> values;
    private final int count;
    private final int target;
    private final StringBuilder result = new StringBuilder();
    private int position;

    private Substitution(String line, Map<String, String> values, int count, int target) {
        this.line = line;
        this.values = values;
        this.count = count;
        this.target = target;
    }

    /** @param count what {@code \@} stands for */
    static String apply(String line, Map<String, String> values, int count) {
        if (line.indexOf('\\') < 0) return line;
        Substitution substitution = new Substitution(line, values, count, Integer.MAX_VALUE);
        substitution.run();
        return substitution.result.toString();
    }

    /** Where in {@code line} the character {@code target} of the result comes from; the backslash if it is of a value. */
    static int sourcePosition(String line, Map<String, String> values, int count, int target) {
        Substitution substitution = new Substitution(line, values, count, target);
        return substitution.run();
    }

    /** Until the result reaches beyond the target; where in the line that happened. */
    private int run() {
        while (position < line.length()) {
            int start = position;
            step();
            if (result.length() > target) return start;
        }
        return position;
    }

    private void step() {
        if (line.charAt(position) != '\\') {
            result.append(line.charAt(position++));
        } else if (line.startsWith("(", position + 1)) {
            literal();
        } else if (line.startsWith("@", position + 1)) {
            result.append(count);
            position += 2;
        } else {
            parameter();
        }
    }

    /** {@code \(text)} is the text as it is; mostly it is empty and ends a name. */
    private void literal() {
        int end = line.indexOf(')', position);
        if (end < 0) end = line.length();
        result.append(line, position + 2, end);
        position = Math.min(end + 1, line.length());
    }

    private void parameter() {
        int end = position + 1;
        while (end < line.length() && Scanner.isSymbolPart(line.charAt(end))) end++;
        String value = values.get(line.substring(position + 1, end));
        if (value == null) {
            result.append('\\');
            position++;
        } else {
            result.append(value);
            position = end;
        }
    }
}
