package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.isa.InstructionTable;

/**
 * Assembles GNU as source, AT&T or {@code .intel_syntax noprefix}, for 64-bit mode. The bytes are those that GNU as and a
 * linker which puts the sections at the given addresses would make. Thread-safe: each call is a run of its own.
 */
public final class Assembler {

    private final FormNames attNames;
    private final FormNames intelNames;
    private final AssemblerOptions options;

    public Assembler(AssemblerOptions options) {
        this(InstructionTable.standard(), options);
    }

    Assembler(InstructionTable table, AssemblerOptions options) {
        attNames = FormNames.att(table);
        intelNames = FormNames.intel(table);
        this.options = options;
    }

    /**
     * Assembles one source with everything it includes.
     *
     * @param fileName as it is to appear in messages and in the source map
     * @throws AssemblyFailed with all errors found
     */
    public Program assemble(String fileName, String source) {
        return new AssemblyRun(attNames, intelNames, options).assemble(fileName, source);
    }
}
