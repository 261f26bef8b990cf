package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.SegmentRegister;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Prefixes that the source writes before a mnemonic, and those that operands need. */
final class Prefixes {

    private static final int REX = 0x40;
    private static final Map<String, Integer> WORDS = Map.ofEntries(
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
            Map.entry("addr32", 0x67),
            Map.entry("es", 0x26),
            Map.entry("cs", 0x2E),
            Map.entry("ss", 0x36),
            Map.entry("ds", 0x3E),
            Map.entry("fs", 0x64),
            Map.entry("gs", 0x65),
            Map.entry("rex", REX),
            Map.entry("rex64", 0x48),
            Map.entry("rex.w", 0x48),
            Map.entry("rex.b", 0x41),
            Map.entry("rex.x", 0x42),
            Map.entry("rex.r", 0x44));

    private int segment;
    private boolean address;
    private boolean data;
    private int repeat;
    private boolean lock;
    private int rex;

    static boolean isPrefix(String word) {
        return WORDS.containsKey(word);
    }

    static Set<String> words() {
        return WORDS.keySet();
    }

    /** Adds one that the source writes. */
    void add(String word) {
        int value = WORDS.get(word);
        switch (value) {
            case 0x66 -> data = true;
            case 0x67 -> address = true;
            case 0xF0 -> lock = true;
            case 0xF2, 0xF3 -> repeat = value;
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65 -> segment = value;
            default -> rex |= value;
        }
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

    void address32() {
        address = true;
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
