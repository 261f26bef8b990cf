package dev.trapframe.server.trace;

import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A 64-bit value as JSON has it: {@code "0x2b"}, or {@code null} where it is hidden.
 *
 * @param text {@code 0x} and lower-case hex without leading zeros; null if hidden
 */
public record HexJson(@JsonValue @Nullable String text) {

    /** A value that must not be sent. */
    public static final HexJson HIDDEN = new HexJson(null);

    public static HexJson of(long value) {
        return new HexJson("0x" + Long.toHexString(value));
    }

    public boolean isHidden() {
        return text == null;
    }

    @Override
    public String toString() {
        return text == null ? "hidden" : text;
    }
}
