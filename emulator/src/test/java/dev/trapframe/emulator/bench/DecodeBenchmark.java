package dev.trapframe.emulator.bench;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** An instruction decoded from its bytes; the bytes are those that the tests walk the instruction table with. */
public class DecodeBenchmark {

    private static final int SAMPLES = 4_096;
    private static final String WALK = "/dev/trapframe/emulator/isa/walk.tsv";

    /** Every so many lines of the walk, so that all groups are there. */
    @State(Scope.Thread)
    public static class Samples {

        private final Decoder decoder = new Decoder();
        private final byte[][] codes = new byte[SAMPLES][];

        public Samples() {
            List<byte[]> all = read();
            for (int i = 0; i < SAMPLES; i++) codes[i] = all.get((int) ((long) i * all.size() / SAMPLES));
        }

        private static List<byte[]> read() {
            try (InputStream in = DecodeBenchmark.class.getResourceAsStream(WALK)) {
                if (in == null) throw new IllegalStateException("the test resources have no " + WALK);
                return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                        .lines()
                        .map(line -> HexFormat.of().parseHex(line.substring(0, line.indexOf('\t'))))
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public int cold(Samples samples) {
        int decoded = 0;
        for (byte[] code : samples.codes) {
            DecodeResult result =
                    samples.decoder.decode(index -> index < code.length ? code[index] : 0, CodeMode.LONG_64);
            if (result instanceof DecodeResult.Decoded) decoded++;
        }
        if (decoded < SAMPLES / 2) throw new IllegalStateException("only " + decoded + " samples are instructions");
        return decoded;
    }
}
