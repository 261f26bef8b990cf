package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.Program;
import java.util.List;

/**
 * A program of the library, assembled.
 *
 * @param name    file name without {@code .S}
 * @param title   first line of the file's first comment
 * @param sha256  content hash over the file and every file it includes, 64 hex digits
 * @param program bytes, symbols and source map
 * @param code    its instructions, in the order of their addresses
 */
public record LibraryProgram(String name, String title, String sha256, Program program, List<CodeLine> code) {

    public LibraryProgram {
        code = List.copyOf(code);
    }
}
