package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the arguments of a macro call as GNU as does: blanks count only between two characters that may be part of a name or
 * begin an operand, then arguments end at commas and at blanks that stand outside of brackets.
 */
final class MacroArguments {

    private static final String BEGINS_OPERAND = "*%-([{}";
    private static final String ENDS_NAME = " ,\";)(";

    private final String text;
    private int position;

    private MacroArguments(String text) {
        this.text = text;
    }

    /**
     * @param keyword what stands before {@code =}, or empty
     * @param value   what stands after it, or the whole; quotes around the whole are gone
     * @param text    all arguments
     * @param start   where this one starts in them
     */
    record Argument(String keyword, String value, String text, int start) {

        /** The argument as written and everything after it. */
        String rest() {
            return text.substring(start);
        }
    }

    static List<Argument> split(String source) {
        MacroArguments arguments = new MacroArguments(withoutUselessBlanks(source));
        List<Argument> list = new ArrayList<>();
        while (arguments.position < arguments.text.length()) list.add(arguments.next());
        return list;
    }

    /** Character constants become numbers on the way, so that what is in them separates nothing. */
    static String withoutUselessBlanks(String source) {
        StringBuilder result = new StringBuilder();
        char before = 0;
        int i = 0;
        while (i < source.length()) {
            char c = source.charAt(i);
            if (Character.isWhitespace(c)) {
                int next = skipBlanks(source, i);
                if (next == source.length()) break;
                char after = source.charAt(next);
                if (isOperandPart(before) && (isOperandPart(after) || after == '"')) result.append(' ');
                i = next;
            } else if (c == '"') {
                int end = CommentStripper.stringEnd(source, i);
                result.append(source, i, end);
                i = end;
                before = c;
            } else if (c == '\'' && i + 1 < source.length()) {
                Scanner scanner = new Scanner(source);
                scanner.position(i);
                result.append(scanner.character());
                i = scanner.position();
                before = c;
            } else {
                result.append(c);
                before = c;
                i++;
            }
        }
        return result.toString();
    }

    private static boolean isOperandPart(char c) {
        return Scanner.isSymbolPart(c) || BEGINS_OPERAND.indexOf(c) >= 0 && c != 0;
    }

    private static int skipBlanks(String text, int from) {
        int i = from;
        while (i < text.length() && Character.isWhitespace(text.charAt(i))) i++;
        return i;
    }

    private Argument next() {
        int start = position;
        int end = start;
        while (end < text.length() && ENDS_NAME.indexOf(text.charAt(end)) < 0 && text.charAt(end) != '=') end++;
        String keyword = "";
        if (end > start && end < text.length() && text.charAt(end) == '=') {
            keyword = text.substring(start, end);
            position = end + 1;
        }
        String value = value();
        skipSeparator();
        return new Argument(keyword, value, text, start);
    }

    private void skipSeparator() {
        position = skipBlanks(text, position);
        if (position < text.length() && text.charAt(position) == ',') position = skipBlanks(text, position + 1);
    }

    private String value() {
        if (position < text.length() && text.charAt(position) == '"') return quoted();
        int start = position;
        StringBuilder open = new StringBuilder();
        while (position < text.length()) {
            char c = text.charAt(position);
            if (c == ',' || c == ' ' && open.length() == 0) break;
            if (c == '"') {
                position = CommentStripper.stringEnd(text, position);
                continue;
            }
            if (c == '(' || c == '[') open.append(c);
            if (open.length() > 0 && c == closing(open.charAt(open.length() - 1))) open.setLength(open.length() - 1);
            position++;
        }
        return text.substring(start, position);
    }

    private static char closing(char open) {
        return open == '(' ? ')' : ']';
    }

    /** Two quotes beside each other, or a backslash before one, put a quote into the value; the backslash stays. */
    private String quoted() {
        StringBuilder value = new StringBuilder();
        position++;
        while (position < text.length()) {
            char c = text.charAt(position++);
            if (c == '"') {
                if (position == text.length() || text.charAt(position) != '"') return value.toString();
                position++;
            } else if (c == '\\' && position < text.length()) {
                value.append(c);
                c = text.charAt(position++);
            }
            value.append(c);
        }
        return value.toString();
    }
}
