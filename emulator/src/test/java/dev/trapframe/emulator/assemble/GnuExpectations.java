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
        Files.writeString(FOLDER.resolve("walk32.tsv"), walk32(expectations.tools));
    }

    /** Bytes, AT&T text, Intel text, GNU as's bytes of either text: = the same bytes, - refused. */
    static String walk32(GnuTools tools) {
        List<Walk32.Sample> samples = List.copyOf(new Walk32().samples().values());
        List<String> att = samples.stream().map(sample -> atHere(sample.att())).toList();
        List<String> intel =
                samples.stream().map(sample -> atHere(sample.intel())).toList();
        Map<Integer, String> fromAtt = tools.lines(".code32", att);
        Map<Integer, String> fromIntel = tools.lines(".code32\n.intel_syntax noprefix", intel);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < samples.size(); i++) {
            String hex = samples.get(i).hex();
            String[] cells = {hex, att.get(i), intel.get(i), fromAtt.get(i), fromIntel.get(i)};
            for (int j = 3; j < cells.length; j++) {
                if (cells[j] == null) cells[j] = "-";
                else if (cells[j].equals(hex)) cells[j] = "=";
            }
            text.append(String.join("\t", cells)).append('\n');
        }
        return text.toString();
    }

    /** A branch to a number depends on where it stands; one to itself does not. */
    private static String atHere(String text) {
        String plain = text.replaceAll("\\s+#.*", "");
        return plain.matches("(j\\w+|call|loop\\w*|xbegin\\w?)(,p[nt])? +(0x)?[0-9a-f]+")
                ? plain.replaceFirst("\\S+$", ".")
                : plain;
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
