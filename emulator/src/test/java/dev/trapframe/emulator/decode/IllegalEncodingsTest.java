package dev.trapframe.emulator.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Illegal encodings, judged by the manual")
class IllegalEncodingsTest {

    private static final int COLUMNS = 4;

    private static List<String[]> rows() throws IOException {
        List<String[]> rows = new ArrayList<>();
        try (InputStream chosen = IllegalEncodingsTest.class.getResourceAsStream("illegal.tsv");
                InputStream packed = IllegalEncodingsTest.class.getResourceAsStream("illegal-maps.tsv.gz");
                InputStream maps = new GZIPInputStream(packed)) {
            rows.addAll(rows(chosen));
            rows.addAll(rows(maps));
        }
        return rows;
    }

    private static List<String[]> rows(InputStream stream) throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", COLUMNS))
                    .toList();
        }
    }

    private static List<CodeMode> modes(String name) {
        return switch (name) {
            case "64" -> List.of(CodeMode.LONG_64);
            case "32" -> List.of(CodeMode.CODE_32);
            case "both" -> List.of(CodeMode.LONG_64, CodeMode.CODE_32);
            default -> throw new IllegalArgumentException("mode is 64, 32 or both, got " + name);
        };
    }

    private static Class<? extends DecodeResult> outcome(String name) {
        return switch (name) {
            case "UD" -> DecodeResult.Undefined.class;
            case "LONG" -> DecodeResult.TooLong.class;
            default -> throw new IllegalArgumentException("outcome is UD or LONG, got " + name);
        };
    }

    @Test
    @DisplayName("raise #UD, or #GP(0) if they are too long")
    void outcomes() throws IOException {
        Decoder decoder = new Decoder();
        List<String> wrong = new ArrayList<>();
        for (String[] row : rows()) {
            byte[] bytes = HexFormat.of().parseHex(row[1]);
            for (CodeMode mode : modes(row[0])) {
                DecodeResult result = decoder.decode(index -> index < bytes.length ? bytes[index] : 0, mode);
                if (!outcome(row[2]).isInstance(result)) {
                    wrong.add(mode + " " + row[1] + ": " + describe(result) + ", but " + row[3]);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static String describe(DecodeResult result) {
        return result instanceof DecodeResult.Decoded decoded
                ? decoded.instruction().form().toString()
                : result.toString();
    }
}
