package dev.trapframe.emulator.isa;

import java.util.Map;

/** Reads the encoding notation of the instruction table: {@code F3 REX.W + 0F AE /0}. */
final class OpcodePatternReader {

    private static final Map<String, Integer> TAIL_BYTES =
            Map.of("ib", 1, "iw", 2, "id", 4, "io", 8, "cb", 1, "cw", 2, "cd", 4, "cp", 6, "/is4", 1);

    private final String[] tokens;
    private int next;
    private int tailBytes;

    OpcodePatternReader(String notation) {
        tokens = notation.replace("REX.W + ", "REX.W ").split(" ");
    }

    OpcodePattern read() {
        if (tokens[0].startsWith("VEX.")) return vex();
        MandatoryPrefix prefix = prefix();
        boolean rexW = take("REX.W");
        OpcodeMap map = map();
        String opcode = tokens[next++];
        boolean inOpcode = opcode.matches("[0-9A-F]{2}\\+r[bwdo]");
        int value = hex(inOpcode ? opcode.substring(0, 2) : opcode);
        return rest(new OpcodePattern(map, value, prefix, rexW, inOpcode, OpcodePattern.ModRm.NONE, 0, null));
    }

    private OpcodePattern rest(OpcodePattern bare) {
        OpcodePattern pattern = modRm(bare);
        while (next < tokens.length) tail(tokens[next++]);
        return pattern;
    }

    /** {@code VEX.128.66.0F.WIG 58}: length, prefix (if any), map, W. */
    private OpcodePattern vex() {
        MandatoryPrefix prefix = MandatoryPrefix.NP;
        OpcodeMap map = OpcodeMap.TWO_BYTE;
        int l = -1;
        int w = -1;
        for (String part : tokens[next++].substring("VEX.".length()).split("\\.")) {
            switch (part) {
                case "LZ", "L0", "128" -> l = 0;
                case "L1", "256" -> l = 1;
                case "LIG", "WIG", "0F" -> {
                    // what is set already
                }
                case "W0" -> w = 0;
                case "W1" -> w = 1;
                case "66" -> prefix = MandatoryPrefix.P66;
                case "F2" -> prefix = MandatoryPrefix.PF2;
                case "F3" -> prefix = MandatoryPrefix.PF3;
                case "0F38" -> map = OpcodeMap.THREE_BYTE_38;
                case "0F3A" -> map = OpcodeMap.THREE_BYTE_3A;
                default -> throw new IllegalArgumentException("unknown part of a VEX encoding: " + part);
            }
        }
        int opcode = hex(tokens[next++]);
        return rest(new OpcodePattern(map, opcode, prefix, false, false, OpcodePattern.ModRm.NONE, 0, new Vex(l, w)));
    }

    /** Bytes of immediates and displacements that the notation promises; valid after {@link #read}. */
    int tailBytes() {
        return tailBytes;
    }

    private MandatoryPrefix prefix() {
        if (tokens.length == 1) return MandatoryPrefix.ANY;
        if (take("NP")) return MandatoryPrefix.NP;
        if (take("66")) return MandatoryPrefix.P66;
        if (take("F2")) return MandatoryPrefix.PF2;
        return take("F3") ? MandatoryPrefix.PF3 : MandatoryPrefix.ANY;
    }

    private OpcodeMap map() {
        if (!take("0F")) return OpcodeMap.ONE_BYTE;
        if (take("38")) return OpcodeMap.THREE_BYTE_38;
        return take("3A") ? OpcodeMap.THREE_BYTE_3A : OpcodeMap.TWO_BYTE;
    }

    private OpcodePattern modRm(OpcodePattern bare) {
        if (next == tokens.length) return bare;
        String token = tokens[next];
        if (token.equals("/r")) return with(bare, OpcodePattern.ModRm.REGISTER, 0);
        if (token.matches("/[0-7]")) return with(bare, OpcodePattern.ModRm.DIGIT, token.charAt(1) - '0');
        if (token.matches("[0-9A-F]{2}\\+i")) {
            return with(bare, OpcodePattern.ModRm.BYTE_ANY_RM, hex(token.substring(0, 2)));
        }
        if (token.matches("[0-9A-F]{2}")) return with(bare, OpcodePattern.ModRm.BYTE, hex(token));
        return bare;
    }

    private OpcodePattern with(OpcodePattern bare, OpcodePattern.ModRm modRm, int value) {
        next++;
        return new OpcodePattern(
                bare.map(),
                bare.opcode(),
                bare.prefix(),
                bare.rexW(),
                bare.registerInOpcode(),
                modRm,
                value,
                bare.vex());
    }

    private void tail(String token) {
        Integer bytes = TAIL_BYTES.get(token);
        if (bytes == null) throw new IllegalArgumentException("unknown part of an encoding: " + token);
        tailBytes += bytes;
    }

    private boolean take(String word) {
        if (next < tokens.length - 1 && tokens[next].equals(word)) {
            next++;
            return true;
        }
        return false;
    }

    private static int hex(String token) {
        if (!token.matches("[0-9A-F]{2}")) throw new IllegalArgumentException("two hex digits expected, got " + token);
        return Integer.parseInt(token, 16);
    }
}
