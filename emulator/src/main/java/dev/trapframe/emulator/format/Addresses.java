package dev.trapframe.emulator.format;

import dev.trapframe.emulator.isa.MemoryOperand;

/** Parts of memory operands that both syntaxes write alike. */
final class Addresses {

    private Addresses() {}

    /** {@code -0x8} or {@code 0x8}; in 64-bit mode a 32-bit address without registers is no distance. */
    static String displacement(MemoryOperand memory, Encoded encoded) {
        boolean alone = memory.base() == null && memory.index() == null && !memory.ripRelative();
        if (alone && memory.addressSizeBytes() == 4 && encoded.longMode()) return absolute(memory);
        return signed(memory.displacement());
    }

    /** AT&T syntax writes an address of 16 bits as a signed number. */
    static String signedIf16(MemoryOperand memory) {
        return memory.addressSizeBytes() == 2 ? signed(memory.displacement()) : absolute(memory);
    }

    private static String signed(long displacement) {
        return displacement < 0 ? "-" + OperandWriter.hex(-displacement) : OperandWriter.hex(displacement);
    }

    static String absolute(MemoryOperand memory) {
        return OperandWriter.hex(OperandWriter.cut(memory.displacement(), memory.addressSizeBytes()));
    }

    /**
     * The pseudo register that stands for "no index" where the SIB byte could be left out or has a scale; empty if none
     * is written.
     */
    static String pseudoIndex(MemoryOperand memory, Encoded encoded) {
        if (memory.index() != null || !encoded.hasSib()) return "";
        boolean needed = memory.base() != null && (memory.base().ordinal() & 7) == 4;
        boolean absolute = memory.base() == null && memory.addressSizeBytes() == 8;
        if ((needed || absolute) && encoded.sibScale() == 0) return "";
        return memory.addressSizeBytes() == 8 ? "riz" : "eiz";
    }
}
