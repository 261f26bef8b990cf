package dev.trapframe.emulator.comparison;

import dev.trapframe.emulator.decode.CodeMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * One line of a file that objdump's texts are kept in: address, bytes, AT&T text, Intel text.
 *
 * @param address of the first byte, which branch targets depend on
 */
record Expected(CodeMode mode, long address, String hex, String att, String intel) {

    private static final int COLUMNS = 4;

    static List<Expected> read(CodeMode mode, String resource) throws IOException {
        return lines(resource).stream().map(line -> of(mode, line)).toList();
    }

    private static Expected of(CodeMode mode, String line) {
        String[] cells = line.split("\t", COLUMNS);
        return new Expected(mode, Long.parseLong(cells[0], 16), cells[1], cells[2], cells[3]);
    }

    String line() {
        return String.join("\t", Long.toHexString(address), hex, att, intel);
    }

    /** The lines of a resource of this package, unpacked if its name ends in {@code .gz}, without comments. */
    static List<String> lines(String resource) throws IOException {
        InputStream stream = Expected.class.getResourceAsStream(resource);
        if (stream == null) throw new IOException("no resource " + resource);
        InputStream text = resource.endsWith(".gz") ? new GZIPInputStream(stream) : stream;
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8))) {
            return reader.lines().filter(line -> !line.startsWith("#")).toList();
        }
    }
}
