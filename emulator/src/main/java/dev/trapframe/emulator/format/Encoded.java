package dev.trapframe.emulator.format;

import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.OpcodePattern;

/** Places in an instruction's bytes: what its operands do not tell but a disassembler prints. */
final class Encoded {

    private static final int SIB_FOLLOWS = 4;

    private final Instruction instruction;
    private final boolean longMode;
    private final int opcodeIndex;

    Encoded(Instruction instruction, boolean longMode) {
        this.instruction = instruction;
        this.longMode = longMode;
        int index = 0;
        while (isPrefix(instruction.byteAt(index))) index++;
        opcodeIndex = index + instruction.form().opcode().map().escapeCount();
        prefixCount = index;
    }

    private final int prefixCount;

    private boolean isPrefix(int value) {
        return switch (value) {
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3 -> true;
            default -> longMode && (value & 0xF0) == 0x40;
        };
    }

    boolean longMode() {
        return longMode;
    }

    /** Prefixes, REX included. */
    int prefixCount() {
        return prefixCount;
    }

    /** The REX prefix that counts, or 0. */
    int rex() {
        int last = prefixCount == 0 ? 0 : instruction.byteAt(prefixCount - 1);
        return longMode && (last & 0xF0) == 0x40 ? last : 0;
    }

    /** The ModRM byte, or -1. */
    int modRm() {
        OpcodePattern pattern = instruction.form().opcode();
        return pattern.hasModRm() ? instruction.byteAt(opcodeIndex + 1) : -1;
    }

    boolean hasSib() {
        int modRm = modRm();
        return modRm >= 0 && modRm < 0xC0 && (modRm & 7) == SIB_FOLLOWS && instruction.addressSizeBytes() != 2;
    }

    /** Scale field of the SIB byte, 0 to 3. */
    int sibScale() {
        return instruction.byteAt(opcodeIndex + 2) >> 6;
    }

    /** Base field of the SIB byte, 0 to 7. */
    int sibBase() {
        return instruction.byteAt(opcodeIndex + 2) & 7;
    }

    /** True if the encoding has a displacement, be it zero. */
    boolean hasDisplacement() {
        int modRm = modRm();
        int mod = modRm >> 6;
        if (mod == 1 || mod == 2) return true;
        int rm = modRm & 7;
        if (instruction.addressSizeBytes() == 2) return rm == 6;
        return rm == 5 || hasSib() && sibBase() == 5;
    }
}
