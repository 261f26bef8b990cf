package dev.trapframe.emulator.isa;

/**
 * A name of a form in GNU source.
 *
 * @param text   without suffix
 * @param suffix what AT&T syntax does with the suffix of the operand size (b, w, l, q)
 */
public record GnuName(String text, Suffix suffix) {

    /** When a name carries the suffix of the operand size. */
    public enum Suffix {
        NEVER,
        /** Accepted, never printed. */
        ACCEPTED,
        /** Accepted, printed if there is a memory operand and no register that shows the size. */
        IF_NEEDED,
        /** The memory operand's: printed whenever there is one. */
        OF_MEMORY
    }

    /** An underscore stands for a space. */
    static GnuName of(String written) {
        String notation = written.replace('_', ' ');
        String text = notation.substring(0, notation.length() - 1);
        return switch (notation.charAt(notation.length() - 1)) {
            case '*' -> new GnuName(text, Suffix.IF_NEEDED);
            case '?' -> new GnuName(text, Suffix.ACCEPTED);
            case '~' -> new GnuName(text, Suffix.OF_MEMORY);
            default -> new GnuName(notation, Suffix.NEVER);
        };
    }

    /** The letter that AT&T syntax uses for a width in bytes. */
    public static String suffixOf(int bytes) {
        return switch (bytes) {
            case 1 -> "b";
            case 2 -> "w";
            case 4 -> "l";
            case 8 -> "q";
            default -> "";
        };
    }
}
