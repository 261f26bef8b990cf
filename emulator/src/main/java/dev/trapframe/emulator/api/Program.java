package dev.trapframe.emulator.api;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * An assembled program: bytes at linear addresses, and where they came from.
 *
 * @param sections in the order of their addresses; sections that are not loaded ({@code .trapframe.*}) have address 0
 * @param symbols  label or {@code .set} symbol to its value
 * @param lines    source map: linear address of each instruction or datum to its line
 */
public record Program(List<Section> sections, SortedMap<String, Long> symbols, SortedMap<Long, SourceLine> lines) {

    /**
     * @param name       as in the source, for example {@code .text}
     * @param linear     address of the first byte
     * @param bytes      contents; for {@code .bss} zeroes
     * @param loaded     false for sections without the {@code a} flag
     * @param writable   {@code w} flag
     * @param executable {@code x} flag
     */
    public record Section(
            String name, long linear, byte[] bytes, boolean loaded, boolean writable, boolean executable) {}

    /**
     * @param file  as named to the assembler
     * @param line  from 1
     * @param text  the line as written, macro invocation lines included, without line end
     * @param macro the macro that the line came from; empty outside of macros
     */
    public record SourceLine(String file, int line, String text, String macro) {}

    public Optional<Section> section(String name) {
        return sections.stream().filter(section -> section.name().equals(name)).findFirst();
    }

    /** The value of a symbol that must be there. */
    public long symbol(String name) {
        Long value = symbols.get(name);
        if (value == null) throw new IllegalArgumentException("the program has no symbol " + name);
        return value;
    }
}
