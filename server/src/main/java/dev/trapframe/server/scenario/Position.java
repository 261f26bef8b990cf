package dev.trapframe.server.scenario;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a trace, written {@code n} or {@code n.m}.
 *
 * @param step  number of steps made, 0 or more
 * @param micro number of micro-ops made of the step after those; 0 on a boundary between steps
 */
public record Position(int step, int micro) implements Comparable<Position> {

    public static final Position START = new Position(0, 0);

    private static final Pattern TEXT = Pattern.compile("(0|[1-9][0-9]{0,6})(?:\\.(0|[1-9][0-9]{0,3}))?");

    public Position {
        if (step < 0 || micro < 0) throw new IllegalArgumentException("a position is n or n.m, neither below 0");
    }

    /** The position after {@code step} whole steps. */
    public static Position of(int step) {
        return new Position(step, 0);
    }

    /** Reads {@code 12} or {@code 12.5}; empty if the text is neither. */
    public static Optional<Position> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) return Optional.empty();
        int micro = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
        return Optional.of(new Position(Integer.parseInt(matcher.group(1)), micro));
    }

    @Override
    public int compareTo(Position other) {
        return step != other.step ? Integer.compare(step, other.step) : Integer.compare(micro, other.micro);
    }

    /** As in addresses: {@code 12} or {@code 12.5}. */
    @Override
    public String toString() {
        return micro == 0 ? Integer.toString(step) : step + "." + micro;
    }
}
