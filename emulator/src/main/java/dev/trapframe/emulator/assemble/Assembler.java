package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.isa.InstructionTable;

/**
 * Assembles GNU as source, AT&T or Intel syntax, for 64-bit and 32-bit mode. The bytes are those that GNU as and a linker
 * which puts the sections at the given addresses would make. Thread-safe: each call is a run of its own.
 */
public final class Assembler {

    private final MnemonicTables tables;
    private final AssemblerOptions options;

    public Assembler(AssemblerOptions options) {
        this(InstructionTable.standard(), options);
    }

    Assembler(InstructionTable table, AssemblerOptions options) {
        this.options = options;
        tables = table == InstructionTable.standard() ? StandardTables.TABLES : new MnemonicTables(table);
    }

    /** The names of the table that comes with the emulator; collected once. */
    private static final class StandardTables {
        private static final MnemonicTables TABLES = new MnemonicTables(InstructionTable.standard());
    }

    /**
     * Assembles one source with everything it includes.
     *
     * @param fileName as it is to appear in messages and in the source map
     * @throws AssemblyFailed with all errors found
     */
    public Program assemble(String fileName, String source) {
        return new AssemblyRun(tables, options).assemble(fileName, source).program();
    }

    /**
     * As {@link #assemble}, with what a listing and an object file need.
     *
     * @throws AssemblyFailed with all errors found
     */
    public Assembly assembleAll(String fileName, String source) {
        return new AssemblyRun(tables, options).assemble(fileName, source).assembly();
    }
}
