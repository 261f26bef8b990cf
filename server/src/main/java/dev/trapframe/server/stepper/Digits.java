package dev.trapframe.server.stepper;

import dev.trapframe.server.trace.HexJson;
import org.jspecify.annotations.Nullable;

/** Numbers as the stepper shows them. {@code static/js/format/hex.js} says the same. */
final class Digits {

    /** What stands in place of a value that must not be shown before the answer. */
    static final String HIDDEN = "hidden until you answer";

    private static final int SHORT_DIGITS = 8;

    private Digits() {}

    /** Reads {@code 0x…} of at most 64 bits. */
    static long parse(String hex) {
        return Long.parseUnsignedLong(hex.substring(2), 16);
    }

    static long parse(HexJson hex) {
        if (hex.text() == null) throw new IllegalArgumentException("the value is hidden");
        return parse(hex.text());
    }

    /** Sixteen digits with a gap in the middle: {@code 00007ffd_5e10f0c8}. */
    static String qword(long value) {
        String digits = of(value, Long.BYTES);
        return digits.substring(0, SHORT_DIGITS) + "_" + digits.substring(SHORT_DIGITS);
    }

    static String qword(@Nullable HexJson value) {
        return value == null || value.text() == null ? HIDDEN : qword(parse(value.text()));
    }

    /** All the digits of so many bytes, 1 to 8. */
    static String of(long value, int bytes) {
        String digits = Long.toHexString(value);
        return "0".repeat(Math.max(0, 2 * bytes - digits.length())) + digits;
    }

    /** {@code 0x2b}. */
    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    static String hex(@Nullable HexJson value) {
        return value == null || value.text() == null ? HIDDEN : value.text();
    }

    /** The low digits of an address, enough to tell neighbours apart: {@code …81000b40}, {@code 401012}. */
    static String shortAddress(long address) {
        String digits = Long.toHexString(address);
        int length = digits.length();
        return length <= SHORT_DIGITS ? digits : "…" + digits.substring(length - SHORT_DIGITS);
    }

    /** Within one stack four digits are enough: {@code …2ff8}. */
    static String stackAddress(long address) {
        return "…" + of(address & 0xffff, 2);
    }

    /** {@code +a0}. */
    static String offset(int offset) {
        return "+" + of(offset, 1);
    }
}
