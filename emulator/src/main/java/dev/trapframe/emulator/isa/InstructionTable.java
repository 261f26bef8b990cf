package dev.trapframe.emulator.isa;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The instruction table: all forms that decoder, assembler and disassembler know. Immutable and thread-safe.
 *
 * <p>Source: Intel SDM Vol. 2A to 2D, instruction pages and "Opcode Map"; the rows are in {@code x86-64.tsv}.
 */
public final class InstructionTable {

    private static final String RESOURCE = "x86-64.tsv";

    private static final String GROUP = "## ";

    private final Map<String, List<InstructionForm>> groups;
    private final List<InstructionForm> forms;

    private InstructionTable(Map<String, List<InstructionForm>> groups) {
        this.groups = Collections.unmodifiableMap(groups);
        this.forms = groups.values().stream().flatMap(List::stream).toList();
    }

    private static final class Standard {
        private static final InstructionTable TABLE = load();

        private static InstructionTable load() {
            InputStream stream = InstructionTable.class.getResourceAsStream(RESOURCE);
            if (stream == null) throw new IllegalStateException("resource " + RESOURCE + " is missing");
            try (Reader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
                return read(reader, RESOURCE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The table that comes with the emulator; read once. */
    public static InstructionTable standard() {
        return Standard.TABLE;
    }

    /**
     * Reads a table.
     *
     * @param name for error messages
     * @throws IllegalArgumentException naming the line of the first bad row
     */
    public static InstructionTable read(Reader source, String name) throws IOException {
        Map<String, List<InstructionForm>> groups = new LinkedHashMap<>();
        String group = "";
        Set<String> known = new HashSet<>();
        BufferedReader lines = new BufferedReader(source);
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (line.startsWith(GROUP)) group = line.substring(GROUP.length());
            if (line.isBlank() || line.startsWith("#")) continue;
            try {
                if (!known.add(line)) throw new IllegalArgumentException("the same row stands further up");
                groups.computeIfAbsent(group, title -> new ArrayList<>()).add(new FormReader(line.split("\t")).read());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ":" + number + ": " + e.getMessage(), e);
            }
        }
        return new InstructionTable(groups);
    }

    /** All rows, in the order of the table. */
    public List<InstructionForm> forms() {
        return forms;
    }

    /** All rows by the titles of their groups, in the order of the table; rows before the first title have an empty one. */
    public Map<String, List<InstructionForm>> groups() {
        return groups;
    }
}
