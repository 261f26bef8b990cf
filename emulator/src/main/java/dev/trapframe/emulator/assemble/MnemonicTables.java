package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.InstructionTable;

/** The names of both syntaxes in both modes. Immutable. */
final class MnemonicTables {

    private final FormNames att64;
    private final FormNames intel64;
    private final FormNames att32;
    private final FormNames intel32;

    MnemonicTables(InstructionTable table) {
        att64 = FormNames.att(table, CodeBits.BITS_64);
        intel64 = FormNames.intel(table, CodeBits.BITS_64);
        att32 = FormNames.att(table, CodeBits.BITS_32);
        intel32 = FormNames.intel(table, CodeBits.BITS_32);
    }

    FormNames names(boolean intel, CodeBits bits) {
        if (bits == CodeBits.BITS_64) return intel ? intel64 : att64;
        return intel ? intel32 : att32;
    }
}
