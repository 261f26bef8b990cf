package dev.trapframe.server.scenario;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON in the one form that everybody writes alike: no blanks, keys in the order of their UTF-16 code units, numbers as
 * ECMAScript writes them.
 *
 * <p>Source: RFC 8785, "JSON Canonicalization Scheme (JCS)".
 */
public final class JsonCanonicalForm {

    private static final int MAX_DIGITS = 17;
    private static final int PLAIN_INTEGER_DIGITS = 21;
    private static final int PLAIN_FRACTION_ZEROS = -6;

    private JsonCanonicalForm() {}

    /**
     * Writes a tree of maps, lists, strings, numbers, booleans and nulls.
     *
     * @throws IllegalArgumentException if a number is no finite double, a string has a lone surrogate, or a node is none of these
     */
    public static String write(@Nullable Object node) {
        StringBuilder out = new StringBuilder();
        write(node, out);
        return out.toString();
    }

    private static void write(@Nullable Object node, StringBuilder out) {
        if (node == null || node instanceof Boolean) out.append(node);
        else if (node instanceof String text) writeString(text, out);
        else if (node instanceof Number number) out.append(number(number.doubleValue()));
        else if (node instanceof List<?> list) writeList(list, out);
        else if (node instanceof Map<?, ?> map) writeMap(map, out);
        else throw new IllegalArgumentException("JSON has no " + node.getClass().getName());
    }

    private static void writeList(List<?> list, StringBuilder out) {
        out.append('[');
        for (int i = 0; i < list.size(); i++) {
            if (i > 0) out.append(',');
            write(list.get(i), out);
        }
        out.append(']');
    }

    private static void writeMap(Map<?, ?> map, StringBuilder out) {
        Map<String, Object> sorted = new TreeMap<>(); // String.compareTo goes by UTF-16 code units
        for (Map.Entry<?, ?> entry : map.entrySet()) sorted.put((String) entry.getKey(), entry.getValue());
        out.append('{');
        String separator = "";
        for (Map.Entry<String, Object> entry : sorted.entrySet()) {
            out.append(separator);
            writeString(entry.getKey(), out);
            out.append(':');
            write(entry.getValue(), out);
            separator = ",";
        }
        out.append('}');
    }

    private static void writeString(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            requireNoLoneSurrogate(text, i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\t' -> out.append("\\t");
                case '\n' -> out.append("\\n");
                case '\f' -> out.append("\\f");
                case '\r' -> out.append("\\r");
                default -> {
                    if (c < ' ') out.append(String.format("\\u%04x", (int) c));
                    else out.append(c);
                }
            }
        }
        out.append('"');
    }

    private static void requireNoLoneSurrogate(String text, int i) {
        char c = text.charAt(i);
        boolean paired = Character.isHighSurrogate(c)
                ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                : !Character.isLowSurrogate(c) || i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
        if (!paired) throw new IllegalArgumentException("lone surrogate at index " + i);
    }

    /** As ECMAScript's Number::toString writes it: the fewest digits that read back as the same double. */
    static String number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) throw new IllegalArgumentException("JSON has no " + value);
        if (value == 0) return "0";
        if (value < 0) return "-" + number(-value);
        BigDecimal shortest = shortest(value);
        String digits = shortest.unscaledValue().toString();
        return layOut(digits, digits.length() - shortest.scale());
    }

    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int precision = 1; precision < MAX_DIGITS; precision++) {
            BigDecimal rounded = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
            if (rounded.doubleValue() == value) return rounded.stripTrailingZeros();
        }
        return exact.round(new MathContext(MAX_DIGITS, RoundingMode.HALF_EVEN)).stripTrailingZeros();
    }

    /** @param point how many digits stand before the decimal point; may be negative */
    private static String layOut(String digits, int point) {
        int count = digits.length();
        if (count <= point && point <= PLAIN_INTEGER_DIGITS) return digits + "0".repeat(point - count);
        if (0 < point && point <= PLAIN_INTEGER_DIGITS)
            return digits.substring(0, point) + "." + digits.substring(point);
        if (PLAIN_FRACTION_ZEROS < point && point <= 0) return "0." + "0".repeat(-point) + digits;
        int exponent = point - 1;
        String sign = exponent < 0 ? "-" : "+";
        String mantissa = count == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return mantissa + "e" + sign + Math.abs(exponent);
    }
}
