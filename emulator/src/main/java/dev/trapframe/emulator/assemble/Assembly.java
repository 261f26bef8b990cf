package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.api.Program;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that one run made.
 *
 * @param fileName of the source
 * @param program  what a machine loads
 * @param sections all that have bytes, those too that are not loaded, in the order of the source
 * @param symbols  but for those that begin with {@code .L}, in the order of the source
 * @param lines    what each statement wrote, in the order in which they were assembled
 * @param texts    the lines of each file that was read
 * @param warnings what {@code .warning} and {@code .print} said
 */
public record Assembly(
        String fileName,
        Program program,
        List<Section> sections,
        List<Symbol> symbols,
        List<Line> lines,
        Map<String, List<String>> texts,
        List<Diagnostic> warnings) {

    public Assembly {
        sections = List.copyOf(sections);
        symbols = List.copyOf(symbols);
        lines = List.copyOf(lines);
        texts = Map.copyOf(texts);
        warnings = List.copyOf(warnings);
    }

    /**
     * A section.
     *
     * @param linear     address of the first byte; 0 if it is not loaded
     * @param bytes      contents; zeroes for {@code @nobits}
     * @param allocated  takes part in memory
     * @param noBits     no file holds the bytes
     * @param strings    consists of strings ({@code S})
     * @param entryBytes size of an entry of a mergeable section, else 0
     * @param alignment  a power of two
     */
    public record Section(
            String name,
            long linear,
            byte[] bytes,
            boolean allocated,
            boolean writable,
            boolean executable,
            boolean noBits,
            boolean strings,
            int entryBytes,
            int alignment) {}

    /**
     * A symbol.
     *
     * @param section    the one that it is in; null for a number
     * @param binding    0 local, 1 global, 2 weak, as in ELF files
     * @param type       0 none, 1 object, 2 function, 6 thread-local, as in ELF files
     * @param visibility 0 default, 1 internal, 2 hidden, 3 protected, as in ELF files
     * @param sizeBytes  0 if nothing says it
     * @param defined    false for a weak symbol that has no value
     */
    public record Symbol(
            String name,
            long value,
            @Nullable String section,
            int binding,
            int type,
            int visibility,
            long sizeBytes,
            boolean defined) {}

    /**
     * What one statement wrote.
     *
     * @param file    of the line
     * @param line    from 1
     * @param column  of the statement, from 0
     * @param text    the whole line, macro arguments put in
     * @param macro   the macro whose body has the line; empty outside of macros
     * @param section where the bytes are; null if there are none
     * @param linear  address of the first byte, or of the place where the statement stands
     * @param bytes   empty if it wrote nothing
     */
    public record Line(
            String file,
            int line,
            int column,
            String text,
            String macro,
            @Nullable String section,
            long linear,
            byte[] bytes) {}
}
