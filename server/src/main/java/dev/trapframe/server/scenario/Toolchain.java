package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.Program;
import java.util.Optional;
import java.util.function.Function;

/** What turns source into bytes and bytes into text. */
public interface Toolchain {

    /**
     * Assembles a source for the default machine.
     *
     * @param fileName as it is to appear in messages and in the source map
     * @param includes the text of an included file; empty if there is none
     * @throws BadProgram naming file, line and column of each error
     */
    Program assemble(String fileName, String source, Function<String, Optional<String>> includes);

    /** The text of the instruction that the bytes start with, in AT&amp;T syntax. */
    String att(byte[] bytes, long linear);

    /** Likewise in Intel syntax. */
    String intel(byte[] bytes, long linear);
}
