package dev.trapframe.emulator.decode;

import dev.trapframe.emulator.isa.InstructionTable;

/** The indexes of the standard table: built once, when a decoder first asks, and shared. */
final class DecodeIndexes {

    private DecodeIndexes() {}

    private static final class Long64 {
        private static final DecodeIndex INDEX = new DecodeIndex(InstructionTable.standard(), CodeMode.LONG_64);
    }

    private static final class Code32 {
        private static final DecodeIndex INDEX = new DecodeIndex(InstructionTable.standard(), CodeMode.CODE_32);
    }

    static DecodeIndex of(InstructionTable table, CodeMode mode) {
        if (table != InstructionTable.standard()) return new DecodeIndex(table, mode);
        return mode == CodeMode.LONG_64 ? Long64.INDEX : Code32.INDEX;
    }
}
