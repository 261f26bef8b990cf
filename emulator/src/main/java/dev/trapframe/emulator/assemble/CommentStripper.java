package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.List;

/** Blanks comments and cuts lines at semicolons, strings and character constants respected. Columns stay as they are. */
final class CommentStripper {

    private boolean inBlockComment;

    /** A piece of a line: its text and the column where it starts. */
    record Piece(int column, String text) {}

    /** True if a comment is open at the end of what was stripped. */
    boolean inBlockComment() {
        return inBlockComment;
    }

    List<Piece> pieces(String line) {
        if (!inBlockComment && isPlain(line)) return List.of(new Piece(0, line));
        List<Piece> pieces = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        int start = 0;
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i);
            if (inBlockComment) {
                boolean end = line.startsWith("*/", i);
                inBlockComment = !end;
                current.append(end ? "  " : " ");
                i += end ? 2 : 1;
            } else if (line.startsWith("/*", i)) {
                inBlockComment = true;
                current.append("  ");
                i += 2;
            } else if (c == '#' || line.startsWith("//", i)) {
                break;
            } else if (c == '"' || c == '\'') {
                int end = c == '"' ? stringEnd(line, i) : characterEnd(line, i);
                current.append(line, i, end);
                i = end;
            } else if (c == ';') {
                pieces.add(new Piece(start, current.toString()));
                current.setLength(0);
                start = ++i;
            } else {
                current.append(c);
                i++;
            }
        }
        pieces.add(new Piece(start, current.toString()));
        return pieces;
    }

    private static boolean isPlain(String line) {
        for (int i = 0; i < line.length(); i++) {
            switch (line.charAt(i)) {
                case '#', '/', ';', '"', '\'' -> {
                    return false;
                }
                default -> {
                    // is text
                }
            }
        }
        return true;
    }

    /** Behind the closing quote; the end of the line if there is none. */
    static int stringEnd(String line, int start) {
        for (int i = start + 1; i < line.length(); i++) {
            if (line.charAt(i) == '\\') i++;
            else if (line.charAt(i) == '"') return i + 1;
        }
        return line.length();
    }

    /** Behind {@code 'a}, {@code 'a'}, {@code '\n'}, {@code '\101'}. */
    static int characterEnd(String line, int start) {
        int end = start + 2;
        if (line.startsWith("\\", start + 1)) {
            end = start + 3;
            int radix = line.startsWith("x", start + 2) ? 16 : 8;
            boolean digits =
                    radix == 16 || line.length() > start + 2 && Character.digit(line.charAt(start + 2), 8) >= 0;
            while (digits && end < line.length() && Character.digit(line.charAt(end), radix) >= 0) end++;
        }
        if (line.startsWith("'", end)) end++;
        return Math.min(end, line.length());
    }
}
