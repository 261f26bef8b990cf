package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.SegmentRegister;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Prefixes that the source writes before a mnemonic, and those that operands need. */
final class Prefixes {

    private static final int REX = 0x40;
    private static final Map<String, Integer> WORDS = allWords();

    private int segment;
    private boolean address;
    private boolean data;
    private int repeat;
    private boolean lock;
    private int rex;
    private String repeatWord = "";
    private Direction direction = Direction.USUAL;
    private int displacementBytes;

    /** Which of two encodings of the same operands is wanted. */
    enum Direction {
        USUAL,
        /** {@code {load}}: the register operand is the destination. */
        LOAD,
        /** {@code {store}}: the register operand is the source. */
        STORE
    }

    /** With {@code rex.} and each choice of the letters w, r, x, b. */
    private static Map<String, Integer> allWords() {
        Map<String, Integer> words = new HashMap<>(Map.ofEntries(
                Map.entry("rep", 0xF3),
                Map.entry("repe", 0xF3),
                Map.entry("repz", 0xF3),
                Map.entry("repne", 0xF2),
                Map.entry("repnz", 0xF2),
                Map.entry("lock", 0xF0),
                Map.entry("xacquire", 0xF2),
                Map.entry("xrelease", 0xF3),
                Map.entry("bnd", 0xF2),
                Map.entry("notrack", 0x3E),
                Map.entry("data16", 0x66),
                Map.entry("addr16", 0x67),
                Map.entry("addr32", 0x67),
                Map.entry("es", 0x26),
                Map.entry("cs", 0x2E),
                Map.entry("ss", 0x36),
                Map.entry("ds", 0x3E),
                Map.entry("fs", 0x64),
                Map.entry("gs", 0x65),
                Map.entry("rex", REX),
                Map.entry("rex64", 0x48)));
        for (int bits = 1; bits < 16; bits++) {
            StringBuilder word = new StringBuilder("rex.");
            for (int i = 0; i < 4; i++) if ((bits & 8 >> i) != 0) word.append("wrxb".charAt(i));
            words.put(word.toString(), REX | bits);
        }
        return Map.copyOf(words);
    }

    static boolean isPrefix(String word) {
        return WORDS.containsKey(word);
    }

    static Set<String> words() {
        return WORDS.keySet();
    }

    /** Adds one that the source writes. */
    void add(String word, CodeBits bits) {
        int value = WORDS.get(word);
        boolean only64 = word.startsWith("rex") || word.equals("addr32");
        boolean wrong = bits == CodeBits.BITS_64 ? word.equals("addr16") : only64;
        if (wrong) {
            throw new SourceError("`" + word + "` is no prefix of " + (only64 ? "32" : "64") + "-bit mode");
        }
        if (value == 0xF2 || value == 0xF3) {
            if (repeat != 0)
                throw new SourceError("`" + word + "` after `" + repeatWord + "`: only one of them can be");
            repeatWord = word;
        }
        checkOnce(word, value);
        switch (value) {
            case 0x66 -> data = true;
            case 0x67 -> address = true;
            case 0xF0 -> lock = true;
            case 0xF2, 0xF3 -> repeat = value;
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65 -> segment = value;
            default -> rex |= value;
        }
    }

    private void checkOnce(String word, int value) {
        boolean again = switch (value) {
            case 0x66 -> data;
            case 0x67 -> address;
            case 0xF0 -> lock;
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65 -> segment != 0;
            default -> false;
        };
        if (again) throw new SourceError("`" + word + "`: there is such a prefix already");
    }

    /** What operands need is added to a copy, so that the next form that is tried starts afresh. */
    Prefixes copy() {
        Prefixes copy = new Prefixes();
        copy.segment = segment;
        copy.address = address;
        copy.data = data;
        copy.repeat = repeat;
        copy.lock = lock;
        copy.rex = rex;
        copy.repeatWord = repeatWord;
        copy.direction = direction;
        copy.displacementBytes = displacementBytes;
        return copy;
    }

    /** {@code {disp8}} and its relatives. */
    void addPseudo(String word) {
        switch (word) {
            case "load" -> direction = Direction.LOAD;
            case "store" -> direction = Direction.STORE;
            case "disp8" -> displacementBytes = 1;
            case "disp16" -> displacementBytes = 2;
            case "disp32" -> displacementBytes = 4;
            case "rex" -> rex |= REX;
            case "nooptimize", "vex", "vex2", "vex3" -> {
                // nothing is optimized here, and what has VEX has it always
            }
            default ->
                throw new SourceError("there is no pseudo prefix `{" + word
                        + "}`; there are {load} {store} {disp8} {disp16} {disp32} {rex} {nooptimize}");
        }
    }

    Direction direction() {
        return direction;
    }

    /** The least size of a displacement that the source asks for; 0 if it does not. */
    int displacementBytes() {
        return displacementBytes;
    }

    boolean data16() {
        return data;
    }

    boolean address() {
        return address;
    }

    /** The word that stands for F2 or F3; empty if there is none. */
    String repeatWord() {
        return repeatWord;
    }

    void segment(SegmentRegister register) {
        segment = switch (register) {
            case ES -> 0x26;
            case CS -> 0x2E;
            case SS -> 0x36;
            case DS -> 0x3E;
            case FS -> 0x64;
            case GS -> 0x65;
        };
    }

    /** Notes that addresses are this wide. */
    void addressSize(int bytes, CodeBits bits) {
        if (bytes != bits.addressBytes()) address = true;
    }

    boolean lock() {
        return lock;
    }

    int repeat() {
        return repeat;
    }

    /** Legacy prefixes in the order of GNU as, then REX. */
    void write(CodeBuffer code, int rexBits, boolean data16, @Nullable Integer mandatory) {
        if (segment != 0) code.add(segment);
        if (address) code.add(0x67);
        if (data || data16 || mandatory != null && mandatory == 0x66) code.add(0x66);
        if (mandatory != null && mandatory != 0x66) code.add(mandatory);
        else if (repeat != 0) code.add(repeat);
        if (lock) code.add(0xF0);
        int all = rex | rexBits;
        if (all != 0) code.add(all | REX);
    }
}
