package dev.trapframe.emulator.isa;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The instruction table: all forms that decoder, assembler and disassembler know. Immutable and thread-safe.
 *
 * <p>Source: Intel SDM Vol. 2A to 2D, instruction pages and "Opcode Map"; the rows are in {@code x86-64.tsv}.
 */
public final class InstructionTable {

    private static final String RESOURCE = "x86-64.tsv";

    private final List<InstructionForm> forms;
    private final List<MissingForm> missing;

    private InstructionTable(List<InstructionForm> forms, List<MissingForm> missing) {
        this.forms = List.copyOf(forms);
        this.missing = List.copyOf(missing);
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
        List<InstructionForm> forms = new ArrayList<>();
        List<MissingForm> missing = new ArrayList<>();
        BufferedReader lines = new BufferedReader(source);
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (line.isBlank() || line.startsWith("#")) continue;
            try {
                if (line.startsWith("!")) missing.add(missingForm(line.split("\t")));
                else forms.add(new FormReader(line.split("\t")).read());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ":" + number + ": " + e.getMessage(), e);
            }
        }
        return new InstructionTable(forms, missing);
    }

    private static MissingForm missingForm(String[] cells) {
        if (cells.length < 3) throw new IllegalArgumentException("columns: !, encoding, what it is, vex (if it is)");
        return MissingForm.read(cells[1], cells[2], cells.length > 3 && cells[3].equals("vex"));
    }

    /** All rows, in the order of the table. */
    public List<InstructionForm> forms() {
        return forms;
    }

    /** Encodings that are defined and not in {@link #forms}. */
    public List<MissingForm> missing() {
        return missing;
    }
}
