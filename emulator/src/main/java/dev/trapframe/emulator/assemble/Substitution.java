package dev.trapframe.emulator.assemble;

import java.util.Map;

/** Puts arguments into the body of a macro or a repetition: {@code \name}, {@code \@}, {@code \()}. */
final class Substitution {

    private Substitution() {}

    /** @param count what {@code \@} stands for */
    static String apply(String line, Map<String, String> values, int count) {
        if (line.indexOf('\\') < 0) return line;
        StringBuilder result = new StringBuilder();
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i);
            if (c != '\\') {
                result.append(c);
                i++;
                continue;
            }
            if (line.startsWith("\\()", i)) {
                i += 3;
            } else if (line.startsWith("\\@", i)) {
                result.append(count);
                i += 2;
            } else {
                i = parameter(line, i, values, result);
            }
        }
        return result.toString();
    }

    private static int parameter(String line, int backslash, Map<String, String> values, StringBuilder result) {
        int end = backslash + 1;
        while (end < line.length() && isNamePart(line.charAt(end))) end++;
        String value = values.get(line.substring(backslash + 1, end));
        if (value != null) {
            result.append(value);
            return end;
        }
        result.append('\\');
        return backslash + 1;
    }

    private static boolean isNamePart(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$';
    }
}
