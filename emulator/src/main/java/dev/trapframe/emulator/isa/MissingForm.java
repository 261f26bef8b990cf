package dev.trapframe.emulator.isa;

/**
 * Encodings that the manual defines and the table has no row for.
 *
 * @param lastOpcode inclusive
 * @param prefix     as for a row
 * @param modRmLow   lowest ModRM byte meant, 0 if the encoding does not name one
 * @param modRmHigh  highest ModRM byte meant, 255 if the encoding does not name one
 * @param digit      ModRM.reg meant, -1 for all
 * @param mod        what ModRM.mod has to be
 * @param what       for people
 * @param vex        VEX, XOP or EVEX: raises #UD after 66, F2, F3, LOCK or REX
 */
public record MissingForm(
        OpcodeMap map,
        int firstOpcode,
        int lastOpcode,
        MandatoryPrefix prefix,
        int modRmLow,
        int modRmHigh,
        int digit,
        Mod mod,
        String what,
        boolean vex) {

    /** Condition on ModRM.mod. */
    public enum Mod {
        ANY,
        MEMORY,
        REGISTER
    }

    /** True if the ModRM byte decides. */
    public boolean needsModRm() {
        return digit >= 0 || mod != Mod.ANY || modRmLow > 0 || modRmHigh < 255;
    }

    public boolean permits(int modRmByte) {
        boolean register = modRmByte >= 0xC0;
        if (mod == Mod.REGISTER && !register || mod == Mod.MEMORY && register) return false;
        if (digit >= 0 && (modRmByte >> 3 & 7) != digit) return false;
        return modRmByte >= modRmLow && modRmByte <= modRmHigh;
    }

    static MissingForm read(String notation, String what, boolean vex) {
        String text = notation;
        MandatoryPrefix prefix = MandatoryPrefix.ANY;
        for (MandatoryPrefix candidate : MandatoryPrefix.values()) {
            String word = candidate.name().replaceFirst("^P(?=[6F])", "") + " ";
            if (!text.startsWith(word)) continue;
            prefix = candidate;
            text = text.substring(word.length());
        }
        OpcodeMap map = OpcodeMap.ONE_BYTE;
        if (text.startsWith("0F 38 ")) map = OpcodeMap.THREE_BYTE_38;
        else if (text.startsWith("0F 3A ")) map = OpcodeMap.THREE_BYTE_3A;
        else if (text.startsWith("0F ")) map = OpcodeMap.TWO_BYTE;
        String[] tokens = text.substring(3 * map.escapeCount()).split(" ");
        return read(map, prefix, tokens, what, vex);
    }

    private static MissingForm read(OpcodeMap map, MandatoryPrefix prefix, String[] tokens, String what, boolean vex) {
        int modRmLow = 0;
        int modRmHigh = 255;
        int digit = -1;
        Mod mod = Mod.ANY;
        for (int i = 1; i < tokens.length; i++) {
            String token = tokens[i];
            if (token.equals("m")) mod = Mod.MEMORY;
            else if (token.equals("r")) mod = Mod.REGISTER;
            else if (token.matches("/[0-7]")) digit = token.charAt(1) - '0';
            else {
                modRmLow = first(token);
                modRmHigh = last(token);
            }
        }
        return new MissingForm(
                map, first(tokens[0]), last(tokens[0]), prefix, modRmLow, modRmHigh, digit, mod, what, vex);
    }

    private static int first(String range) {
        if (!range.matches("[0-9A-F]{2}(-[0-9A-F]{2})?")) {
            throw new IllegalArgumentException("a byte or a range of bytes expected, got " + range);
        }
        return Integer.parseInt(range.substring(0, 2), 16);
    }

    private static int last(String range) {
        return Integer.parseInt(range.substring(range.length() - 2), 16);
    }
}
