package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.List;

/** Cuts the arguments of a macro call: at commas, and at blanks that no operator stands beside. */
final class MacroArguments {

    private static final String OPERATORS = "+-*/|&^<>=!~(%$:@";

    private MacroArguments() {}

    /**
     * @param keyword what stands before {@code =}, or empty
     * @param value   what stands after it, or the whole; quotes around the whole are gone
     * @param whole   value with keyword
     * @param start   where it starts in the text
     */
    record Argument(String keyword, String value, String whole, int start) {}

    static List<Argument> split(String text) {
        List<Argument> arguments = new ArrayList<>();
        int start = skipBlanks(text, 0);
        if (start == text.length()) return arguments;
        while (true) {
            int end = end(text, start);
            arguments.add(argument(text, start, end));
            int next = skipBlanks(text, end);
            if (next == text.length()) return arguments;
            start = text.charAt(next) == ',' ? skipBlanks(text, next + 1) : next;
            if (start == text.length()) {
                arguments.add(new Argument("", "", "", start));
                return arguments;
            }
        }
    }

    private static int skipBlanks(String text, int from) {
        int i = from;
        while (i < text.length() && Character.isWhitespace(text.charAt(i))) i++;
        return i;
    }

    private static int end(String text, int start) {
        int depth = 0;
        int i = start;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '"') {
                i = closingQuote(text, i);
            } else if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth--;
            } else if (depth <= 0 && (c == ',' || Character.isWhitespace(c) && separates(text, i))) {
                return i;
            }
            i++;
        }
        return Math.min(i, text.length());
    }

    private static int closingQuote(String text, int open) {
        for (int i = open + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') i++;
            else if (text.charAt(i) == '"') return i;
        }
        return text.length() - 1;
    }

    private static boolean separates(String text, int blank) {
        int next = skipBlanks(text, blank);
        if (next == text.length()) return true;
        char before = text.charAt(blank - 1);
        char after = text.charAt(next);
        boolean operatorAfter = OPERATORS.indexOf(after) >= 0 && "$%(".indexOf(after) < 0;
        return OPERATORS.indexOf(before) < 0 && !operatorAfter;
    }

    private static Argument argument(String text, int start, int end) {
        String whole = text.substring(start, end).trim();
        int equals = whole.indexOf('=');
        boolean keyword =
                equals > 0 && whole.substring(0, equals).trim().matches("[\\w.$]+") && !whole.startsWith("==", equals);
        if (keyword) {
            String value = unquoted(whole.substring(equals + 1).trim());
            return new Argument(whole.substring(0, equals).trim(), value, whole, start);
        }
        return new Argument("", unquoted(whole), unquoted(whole), start);
    }

    private static String unquoted(String text) {
        boolean quoted = text.length() >= 2 && text.startsWith("\"") && closingQuote(text, 0) == text.length() - 1;
        return quoted ? text.substring(1, text.length() - 1) : text;
    }
}
