package dev.trapframe.emulator.assemble;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * Asks GNU as and ld (binutils 2.40) what they make of the sample programs, and writes it into the resources. To be run in
 * the root of the repository:
 *
 * <pre>
 * java -cp emulator/target/classes:emulator/target/test-classes dev.trapframe.emulator.assemble.GnuExpectations
 * </pre>
 */
final class GnuExpectations {

    private static final Path FOLDER = Path.of("emulator/src/test/resources/dev/trapframe/emulator/assemble");
    private static final int RANDOM_PROGRAMS = 300;

    private final GnuTools tools;

    private GnuExpectations(GnuTools tools) {
        this.tools = tools;
    }

    public static void main(String[] arguments) throws IOException {
        var expectations = new GnuExpectations(new GnuTools(Files.createTempDirectory("gnu")));
        for (String file : List.of("features.txt", "kernel.txt")) {
            StringBuilder text = new StringBuilder();
            for (GnuSample sample : GnuSample.read(file)) text.append(expectations.asked(sample, true));
            Files.writeString(FOLDER.resolve(file), text);
        }
        StringBuilder machine = new StringBuilder();
        for (GnuSample sample : GnuSample.machinePrograms()) machine.append(expectations.asked(sample, false));
        write("machine.txt.gz", machine);
        StringBuilder random = new StringBuilder();
        for (long seed = 1; seed <= RANDOM_PROGRAMS; seed++) {
            String source = RandomSource.program(seed);
            var sample = new GnuSample("seed " + seed, source, Map.of(), Map.of());
            random.append(expectations.asked(sample, true));
        }
        write("random.txt.gz", random);
    }

    private String asked(GnuSample sample, boolean withSource) {
        try {
            return sample.with(tools.link(sample.source(), sample.includes())).format(withSource);
        } catch (GnuTools.GnuRefused e) {
            throw new IllegalStateException(sample + ": " + e.getMessage(), e);
        }
    }

    private static void write(String file, CharSequence text) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(FOLDER.resolve(file)))) {
            out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        }
    }
}
