package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.api.Program;
import java.util.List;

/**
 * Where a line came from.
 *
 * @param text  the line after substitution of macro arguments
 * @param macro the macro whose body has the line; empty outside of macros
 * @param trail expansions, innermost first
 */
record Origin(String file, int line, String text, String macro, List<String> trail) {

    Diagnostic diagnostic(int column, String message) {
        return new Diagnostic(file, line, column + 1, message, trail);
    }

    Program.SourceLine sourceLine() {
        return new Program.SourceLine(file, line, text, macro);
    }
}
