package dev.trapframe.emulator.assemble;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

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
        return c < 0x80 ? Character.isLetter(c) || c == '_' || c == '.' || c == '$' : !Character.isWhitespace(c);
    }

    static boolean isSymbolPart(char c) {
        return isSymbolStart(c) || c >= '0' && c <= '9';
    }

    /** A symbol or mnemonic, a quoted symbol without its quotes; empty if there is none here. */
    String symbol() {
        skipBlanks();
        if (current() == '"') return string();
        int start = position;
        if (isSymbolStart(current())) {
            while (isSymbolPart(current())) position++;
        }
        return text.substring(start, position);
    }

    /** A symbol, or the number of a local label. */
    String symbolOrNumber() {
        skipBlanks();
        int start = position;
        while (isSymbolPart(current())) position++;
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
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    /** The bytes of a string in double quotes: escapes give single bytes, other characters UTF-8. */
    byte[] bytes() {
        skipBlanks();
        if (current() != '"') throw error("a string in double quotes expected" + found());
        int start = position++;
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        while (current() != '"') {
            if (position >= text.length()) throw new SourceError(start, "the string does not end");
            if (current() == '\\') {
                value.write(escape());
            } else {
                int next = text.offsetByCodePoints(position, 1);
                value.writeBytes(text.substring(position, next).getBytes(StandardCharsets.UTF_8));
                position = next;
            }
        }
        position++;
        return value.toByteArray();
    }

    /** A character constant, {@code 'a} or {@code 'a'}: its first byte. Stands at the quote. */
    int character() {
        int start = position++;
        if (position >= text.length()) throw new SourceError(start, "character expected after `'`");
        int value;
        if (current() == '\\') {
            value = escape();
        } else {
            value = text.substring(position, text.offsetByCodePoints(position, 1))
                    .getBytes(StandardCharsets.UTF_8)[0];
            position++;
        }
        if (current() == '\'') position++;
        return value & 0xFF;
    }

    /** The byte that an escape sequence stands for, the character itself if it is none; stands at the backslash. */
    int escape() {
        int start = position++;
        if (position >= text.length()) throw new SourceError(start, "the escape sequence does not end");
        char c = text.charAt(position++);
        return switch (c) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> '\u000b';
            case 'x', 'X' -> number(16, Integer.MAX_VALUE);
            case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
                position--;
                yield number(8, 3);
            }
            default -> c;
        };
    }

    private int number(int radix, int maxDigits) {
        int value = 0;
        // GNU as takes 8 and 9 for octal digits.
        for (int i = 0; i < maxDigits && Character.digit(current(), Math.max(10, radix)) >= 0; i++) {
            value = value * radix + Character.digit(text.charAt(position++), Math.max(10, radix));
        }
        return value & 0xFF;
    }
}
