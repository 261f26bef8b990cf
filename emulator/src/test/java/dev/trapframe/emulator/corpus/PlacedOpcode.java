package dev.trapframe.emulator.corpus;

import java.util.ArrayList;
import java.util.List;

/** Where prefixes end and the opcode begins; compares both with a notation: {@code 0F AE /0 m}, {@code 70-7F}, {@code 0F 01 C1}. */
final class PlacedOpcode {

    private static final int REX_W = 8;
    private static final int REX_B = 1;

    private final byte[] bytes;
    private final boolean longMode;
    private final List<Integer> prefixes = new ArrayList<>();
    private final int start;

    PlacedOpcode(Sample sample) {
        bytes = sample.bytes();
        longMode = sample.bits() == 64;
        int index = 0;
        while (index < bytes.length - 1 && isPrefix(at(index))) prefixes.add(at(index++));
        start = index;
    }

    private int at(int index) {
        return index < bytes.length ? bytes[index] & 0xFF : 0;
    }

    private boolean isPrefix(int value) {
        return switch (value) {
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3 -> true;
            default -> longMode && (value & 0xF0) == 0x40;
        };
    }

    /** @param notation {@code 66 REX.W}: all of them; {@code 66|F2}: one of them; {@code -}: whatever they are */
    boolean hasPrefixes(String notation) {
        if (notation.equals("-")) return true;
        if (notation.contains("|")) {
            for (String prefix : notation.split("\\|")) if (has(prefix)) return true;
            return false;
        }
        for (String prefix : notation.split(" ")) if (!has(prefix)) return false;
        return true;
    }

    private boolean has(String prefix) {
        int rex = prefixes.isEmpty() ? 0 : prefixes.get(prefixes.size() - 1);
        boolean isRex = longMode && (rex & 0xF0) == 0x40;
        return switch (prefix) {
            case "REX.W" -> isRex && (rex & REX_W) != 0;
            case "REX.B" -> isRex && (rex & REX_B) != 0;
            default -> prefixes.contains(Integer.parseInt(prefix, 16));
        };
    }

    boolean matches(String notation) {
        int index = start;
        for (String token : notation.split(" ")) {
            int value = at(index);
            boolean same = switch (token) {
                case "m" -> value < 0xC0;
                case "r" -> value >= 0xC0;
                default -> token.startsWith("/") ? digit(token, value) : inRange(token, value);
            };
            if (!same) return false;
            boolean stays = token.startsWith("/");
            if (!stays) index++;
        }
        return true;
    }

    private static boolean digit(String token, int value) {
        return (value >> 3 & 7) == token.charAt(1) - '0';
    }

    private static boolean inRange(String token, int value) {
        int first = Integer.parseInt(token.substring(0, 2), 16);
        int last = Integer.parseInt(token.substring(token.length() - 2), 16);
        return first <= value && value <= last;
    }
}
