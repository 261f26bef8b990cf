package dev.trapframe.emulator.assemble;

/** Reads a statement from left to right. */
final class Scanner {

    private final String text;
    private int position;

    Scanner(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    int position() {
        return position;
    }

    void position(int newPosition) {
        position = newPosition;
    }

    void skipBlanks() {
        while (position < text.length() && Character.isWhitespace(text.charAt(position))) position++;
    }

    boolean atEnd() {
        skipBlanks();
        return position >= text.length();
    }

    /** The next character that is no blank; 0 at the end. */
    char peek() {
        skipBlanks();
        return position < text.length() ? text.charAt(position) : 0;
    }

    /** The character right at the position; 0 at the end. */
    char current() {
        return position < text.length() ? text.charAt(position) : 0;
    }

    boolean startsWith(String word) {
        skipBlanks();
        return text.startsWith(word, position);
    }

    boolean take(String word) {
        if (!startsWith(word)) return false;
        position += word.length();
        return true;
    }

    void expect(String word) {
        if (!take(word)) throw error("`" + word + "` expected" + found());
    }

    /** Throws if anything follows. */
    void expectEnd() {
        if (!atEnd()) throw error("end of statement expected" + found());
    }

    String found() {
        return atEnd() ? "" : ", found `" + rest().trim() + "`";
    }

    SourceError error(String message) {
        return new SourceError(position, message);
    }

    static boolean isSymbolStart(char c) {
        return Character.isLetter(c) || c == '_' || c == '.' || c == '$';
    }

    static boolean isSymbolPart(char c) {
        return isSymbolStart(c) || Character.isDigit(c);
    }

    /** A symbol or mnemonic; empty if there is none here. */
    String symbol() {
        skipBlanks();
        int start = position;
        if (isSymbolStart(current())) {
            while (isSymbolPart(current())) position++;
        }
        return text.substring(start, position);
    }

    String requiredSymbol(String what) {
        String name = symbol();
        if (name.isEmpty()) throw error(what + " expected" + found());
        return name;
    }

    String rest() {
        return position < text.length() ? text.substring(position) : "";
    }

    String takeRest() {
        String rest = rest().trim();
        position = text.length();
        return rest;
    }

    /** A string in double quotes, escapes resolved. */
    String string() {
        skipBlanks();
        if (current() != '"') throw error("string expected" + found());
        position++;
        StringBuilder value = new StringBuilder();
        while (current() != '"') {
            if (position >= text.length()) throw error("the string does not end");
            value.append(current() == '\\' ? escape() : text.charAt(position++));
        }
        position++;
        return value.toString();
    }

    /** An escape sequence; stands at the backslash. */
    char escape() {
        position++;
        if (position >= text.length()) throw error("the escape sequence does not end");
        char c = text.charAt(position++);
        return switch (c) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'x', 'X' -> number(16, Integer.MAX_VALUE);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                position--;
                yield number(8, 3);
            }
            default -> c;
        };
    }

    private char number(int radix, int maxDigits) {
        int value = 0;
        for (int i = 0; i < maxDigits && Character.digit(current(), radix) >= 0; i++) {
            value = value * radix + Character.digit(text.charAt(position++), radix);
        }
        return (char) (value & 0xFF);
    }
}
