package dev.trapframe.emulator.overlay;

/** Cuts declarations into words, numbers and signs; comments and blanks fall away. */
final class DeclarationScanner {

    /** What stands after the last token. */
    static final String END = "";

    private final String fileName;
    private final String source;
    private int next;
    private int tokenStart;
    private String token = END;

    DeclarationScanner(String fileName, String source) {
        this.fileName = fileName;
        this.source = source;
        advance();
    }

    /** The token that is next; {@link #END} after the last. */
    String peek() {
        return token;
    }

    /** Takes the next token. */
    String take() {
        String taken = token;
        advance();
        return taken;
    }

    boolean takeIf(String expected) {
        if (!token.equals(expected)) return false;
        advance();
        return true;
    }

    void expect(String expected) {
        if (!takeIf(expected)) throw error("expected " + expected + ", got " + shown());
    }

    String takeName(String what) {
        if (!isWord()) throw error("expected " + what + ", got " + shown());
        return take();
    }

    boolean isWord() {
        return !token.isEmpty() && Character.isJavaIdentifierStart(token.charAt(0));
    }

    boolean isNumber() {
        return !token.isEmpty() && Character.isDigit(token.charAt(0));
    }

    /** The token as a message shows it. */
    String shown() {
        return token.isEmpty() ? "the end of the file" : token;
    }

    /** An error at the token that is next. */
    BadDeclaration error(String problem) {
        return errorAt(tokenStart, problem);
    }

    private BadDeclaration errorAt(int position, String problem) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < position; i++) {
            column++;
            if (source.charAt(i) == '\n') {
                line++;
                column = 1;
            }
        }
        return new BadDeclaration(fileName, line, column, problem);
    }

    private void advance() {
        skipBlanks();
        tokenStart = next;
        if (next == source.length()) {
            token = END;
            return;
        }
        int end = next + 1;
        if (Character.isJavaIdentifierPart(source.charAt(next))) {
            while (end < source.length() && Character.isJavaIdentifierPart(source.charAt(end))) end++;
        }
        token = source.substring(next, end);
        next = end;
    }

    private void skipBlanks() {
        while (next < source.length()) {
            if (Character.isWhitespace(source.charAt(next))) next++;
            else if (source.startsWith("//", next)) skipTo("\n", false);
            else if (source.startsWith("/*", next)) skipTo("*/", true);
            else return;
        }
    }

    private void skipTo(String end, boolean required) {
        int found = source.indexOf(end, next + 2);
        if (found < 0 && required) throw errorAt(next, "the comment that begins here has no end");
        next = found < 0 ? source.length() : found + end.length();
    }
}
