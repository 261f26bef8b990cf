package dev.trapframe.emulator.corpus;

import dev.trapframe.emulator.decode.CodeMode;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The committed answers of objdump.
 *
 * <p>{@code lengths.gz}: for each encoding a byte (bits 7 to 6: {@link CodeMode}; 5: objdump writes (bad); 3 to 0: length)
 * and the bytes; the length is objdump's too, unless it writes (bad). {@code texts.tsv.gz}: bits, hex digits, AT&T text,
 * Intel text.
 */
final class SampleFile {

    static final String LENGTHS = "lengths.gz";
    static final String TEXTS = "texts.tsv.gz";

    private static final int BAD = 0x20;
    private static final int LENGTH = 0xF;
    private static final int MODE_SHIFT = 6;

    private SampleFile() {}

    static List<Sample> lengths() throws IOException {
        List<Sample> samples = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(open(LENGTHS)))) {
            for (int head = in.read(); head >= 0; head = in.read()) {
                byte[] bytes = new byte[head & LENGTH];
                in.readFully(bytes);
                samples.add(new Sample(CodeMode.values()[head >> MODE_SHIFT], bytes, (head & BAD) == 0, "", ""));
            }
        }
        return samples;
    }

    static List<Sample> texts() throws IOException {
        try (InputStream in = open(TEXTS)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(SampleFile::text)
                    .toList();
        }
    }

    private static Sample text(String line) {
        String[] cells = line.split("\t", -1);
        byte[] bytes = HexFormat.of().parseHex(cells[1]);
        return new Sample(Sample.mode(Integer.parseInt(cells[0])), bytes, true, cells[2], cells[3]);
    }

    private static InputStream open(String name) throws IOException {
        InputStream in = SampleFile.class.getResourceAsStream(name);
        if (in == null) throw new IOException("the test resources have no " + name);
        return new GZIPInputStream(in);
    }

    static void writeLengths(Path folder, List<Sample> samples) throws IOException {
        try (OutputStream out = create(folder.resolve(LENGTHS))) {
            for (Sample sample : samples) {
                out.write(sample.mode().ordinal() << MODE_SHIFT | (sample.known() ? 0 : BAD) | sample.bytes().length);
                out.write(sample.bytes());
            }
        }
    }

    static void writeTexts(Path folder, List<Sample> samples) throws IOException {
        try (OutputStream out = create(folder.resolve(TEXTS))) {
            for (Sample sample : samples) {
                String line = String.join(
                        "\t", Integer.toString(sample.bits()), sample.hex(), sample.att(), sample.intel() + "\n");
                out.write(line.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static OutputStream create(Path file) throws IOException {
        return new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(file)));
    }
}
