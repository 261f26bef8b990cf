package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.Program;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses as authors write them: symbols of the program and numbers, added and subtracted: {@code entry_stack_top - 168}. */
final class AddressExpression {

    private static final Pattern TERM =
            Pattern.compile("\\s*([+-]?)\\s*(0x[0-9a-fA-F]{1,16}|[0-9]{1,18}|[A-Za-z_.$][A-Za-z0-9_.$]*)\\s*");

    private AddressExpression() {}

    /** @throws IllegalArgumentException saying what is wrong, if it is no such expression or names an unknown symbol */
    static long evaluate(String text, Program program) {
        Matcher term = TERM.matcher(text);
        long sum = 0;
        int end = 0;
        while (end < text.length()) {
            boolean isTerm = term.find(end) && term.start() == end;
            boolean needsSign = end > 0;
            if (!isTerm || needsSign && term.group(1).isEmpty()) {
                throw new IllegalArgumentException(
                        "expected symbols and numbers with + and - between them, for example "
                                + "\"entry_stack_top - 168\"; stuck at column " + (end + 1) + " of \"" + text + "\"");
            }
            long value = value(term.group(2), program);
            sum += term.group(1).equals("-") ? -value : value;
            end = term.end();
        }
        return sum;
    }

    private static long value(String word, Program program) {
        if (word.startsWith("0x")) return Long.parseUnsignedLong(word.substring(2), 16);
        if (Character.isDigit(word.charAt(0))) return Long.parseLong(word);
        Long symbol = program.symbols().get(word);
        if (symbol == null) throw new IllegalArgumentException("the program has no symbol " + word);
        return symbol;
    }
}
