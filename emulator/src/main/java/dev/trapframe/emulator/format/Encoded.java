package dev.trapframe.emulator.format;

import dev.trapframe.emulator.isa.GnuRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.OpcodePattern;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.Unit;
import dev.trapframe.emulator.isa.VectorRegisterOperand;

/** Places in an instruction's bytes: what its operands do not tell but a disassembler prints. */
final class Encoded {

    private static final int VEX_2 = 0xC5;
    private static final int SIB_FOLLOWS = 4;

    private final Instruction instruction;
    private final boolean longMode;
    private final int opcodeIndex;

    Encoded(Instruction instruction, boolean longMode) {
        this.instruction = instruction;
        this.longMode = longMode;
        int index = 0;
        while (isPrefix(instruction.byteAt(index))) index++;
        opcodeIndex = index + escapeCount(index);
        prefixCount = index;
    }

    private final int prefixCount;

    private int escapeCount(int index) {
        OpcodePattern pattern = instruction.form().opcode();
        if (pattern.vex() == null) return pattern.map().escapeCount();
        return instruction.byteAt(index) == VEX_2 ? 2 : 3;
    }

    private boolean isPrefix(int value) {
        return switch (value) {
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3 -> true;
            default -> longMode && (value & 0xF0) == 0x40;
        };
    }

    /** The name of the index register: a general or a vector register. */
    String indexName(MemoryOperand memory) {
        for (OperandSpec spec : instruction.form().operands()) {
            if (spec.kind() != OperandKind.VECTOR_INDEXED_MEMORY) continue;
            return GnuRegister.name(
                    new VectorRegisterOperand(spec.file(), memory.index().ordinal()));
        }
        return GnuRegister.name(memory.index(), memory.addressSizeBytes(), false);
    }

    /** True if GNU tools write sizes as they do for vectors. */
    boolean namesVectorSizes() {
        Unit unit = instruction.form().unit();
        return unit != Unit.INTEGER && unit != Unit.ABSENT;
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
