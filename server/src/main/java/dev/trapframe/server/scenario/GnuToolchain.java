package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.AssemblyFailed;
import dev.trapframe.emulator.format.Disassembler;
import dev.trapframe.emulator.format.Syntax;
import java.util.Optional;
import java.util.function.Function;

/** The emulator's own assembler and disassembler, which read and write what GNU as and objdump do. */
public final class GnuToolchain implements Toolchain {

    private final Disassembler disassembler = new Disassembler();

    @Override
    public Program assemble(String fileName, String source, Function<String, Optional<String>> includes) {
        AssemblerOptions options = AssemblerOptions.of(DefaultLayout.SECTIONS, includes::apply);
        try {
            return new Assembler(options).assemble(fileName, source);
        } catch (AssemblyFailed e) {
            throw new BadProgram(e.getMessage(), e);
        }
    }

    @Override
    public String att(byte[] bytes, long linear) {
        return disassembler.text(bytes, linear, Syntax.ATT);
    }

    @Override
    public String intel(byte[] bytes, long linear) {
        return disassembler.text(bytes, linear, Syntax.INTEL);
    }
}
