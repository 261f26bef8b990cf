package dev.trapframe.server.grading;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * How a 64-bit number may be typed: hexadecimal with {@code 0x}, else decimal. Upper and lower case are the same; underscores and
 * blanks between digits and leading zeros do not count.
 */
public final class AnswerFormat {

    /** What is accepted, for people. */
    public static final String ACCEPTED =
            "write a number of at most 64 bits, hexadecimal with 0x (0x2b) or decimal (43)";

    /** More than any number needs, with a blank after each digit. */
    static final int MOST_CHARACTERS = 100;

    private static final Pattern FILLER = Pattern.compile("[ \\t_]");
    private static final Pattern HEXADECIMAL = Pattern.compile("0[xX][0-9a-fA-F]+");
    private static final Pattern DECIMAL = Pattern.compile("[0-9]+");

    private AnswerFormat() {}

    /** The number that was typed; empty if it is none. */
    public static OptionalLong parse(String typed) {
        if (typed.length() > MOST_CHARACTERS) return OptionalLong.empty();
        String digits = FILLER.matcher(typed).replaceAll("");
        try {
            if (HEXADECIMAL.matcher(digits).matches()) {
                return OptionalLong.of(Long.parseUnsignedLong(digits.substring(2), 16));
            }
            if (DECIMAL.matcher(digits).matches()) return OptionalLong.of(Long.parseUnsignedLong(digits));
            return OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty(); // more than 64 bits
        }
    }
}
