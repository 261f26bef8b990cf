package dev.trapframe.emulator.assemble;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The assembler makes what GNU as 2.40 and ld make")
class GnuSamplesTest {

    private static final int LIVE_PROGRAMS = 300;

    static List<GnuSample> features() throws IOException {
        return GnuSample.read("features.txt");
    }

    static List<GnuSample> kernel() throws IOException {
        return GnuSample.read("kernel.txt");
    }

    static List<GnuSample> machine() throws IOException {
        return GnuSample.machinePrograms();
    }

    @ParameterizedTest
    @MethodSource
    @DisplayName("of each directive and feature")
    void features(GnuSample sample) {
        assertSame(sample);
    }

    @ParameterizedTest
    @MethodSource
    @DisplayName("of macros as kernel entry code has them")
    void kernel(GnuSample sample) {
        assertSame(sample);
    }

    @ParameterizedTest
    @MethodSource
    @DisplayName("of the boot code and the programs that the recorded machines ran")
    void machine(GnuSample sample) {
        assertSame(sample);
    }

    @Test
    @DisplayName("of 300 random programs")
    void random() throws IOException {
        List<GnuSample> samples = GnuSample.read("random.txt.gz");
        assertThat(samples).hasSize(300);
        samples.forEach(GnuSamplesTest::assertSame);
    }

    @Test
    @DisplayName("of each row of the instruction table that 32-bit code has, in both syntaxes")
    void walk32() throws IOException {
        List<String> lines = GnuSample.text("walk32.tsv").lines().toList();
        Set<String> compared = lines.stream()
                .map(line -> line.substring(0, line.indexOf('\t')))
                .collect(Collectors.toSet());
        Set<String> walked = new Walk32().samples().keySet();
        assertThat(walked).as("what was compared is still made").containsAll(compared);
        assertThat(compared.size()).as("nearly all of it").isGreaterThan(walked.size() * 95 / 100);
        assertThat(differences32(lines)).isEmpty();
    }

    private static List<String> differences32(List<String> lines) {
        List<String[]> rows = lines.stream().map(line -> line.split("\t")).toList();
        List<String> differences = new ArrayList<>();
        compare32("", rows, 1, differences);
        compare32(".intel_syntax noprefix", rows, 2, differences);
        return differences;
    }

    /** Assembles the texts of one column at once, and compares what each line became. */
    private static void compare32(String syntax, List<String[]> rows, int column, List<String> differences) {
        StringBuilder source = new StringBuilder(".code32; ").append(syntax).append('\n');
        for (String[] row : rows)
            source.append(row[column + 2].equals("-") ? "" : row[column]).append('\n');
        Assembler assembler = new Assembler(AssemblerOptions.flat(0, IncludeResolver.none()));
        Map<Integer, String> ours = new HashMap<>();
        for (Assembly.Line line :
                assembler.assembleAll("walk.S", source.toString()).lines()) {
            ours.put(line.line() - 2, HexFormat.of().formatHex(line.bytes()));
        }
        for (int i = 0; i < rows.size(); i++) {
            String[] row = rows.get(i);
            String gnu = row[column + 2].equals("=") ? row[0] : row[column + 2];
            if (gnu.equals("-") || gnu.equals(ours.get(i))) continue;
            differences.add(row[column] + ": " + ours.get(i) + ", as " + gnu);
        }
    }

    private static void assertSame(GnuSample sample) {
        assertThat(sample.sections()).as(sample.name()).isNotEmpty();
        assertSame(sample, sample.sections());
    }

    private static void assertSame(GnuSample sample, Map<String, byte[]> gnu) {
        Map<String, String> ours;
        try {
            ours = GnuSample.hex(sample.assembled());
        } catch (AssemblyFailed e) {
            throw new AssertionError(sample + " is refused: " + e.getMessage() + "\n" + sample.source(), e);
        }
        assertThat(ours).as(sample + ":\n" + sample.source()).isEqualTo(GnuSample.hex(gnu));
    }

    @Nested
    @Tag("oracle")
    @DisplayName("(asked now)")
    class Live {

        @TempDir
        private Path folder;

        @Test
        @DisplayName("of everything that has an expectation here")
        void known() throws IOException {
            GnuTools tools = new GnuTools(folder);
            for (List<GnuSample> samples : List.of(features(), kernel(), machine())) {
                for (GnuSample sample : samples) assertSame(sample, tools.link(sample.source(), sample.includes()));
            }
        }

        @Test
        @DisplayName("of each row in 32-bit code")
        void rows32() {
            String walk = GnuExpectations.walk32(new GnuTools(folder));
            assertThat(differences32(walk.lines().toList())).isEmpty();
        }

        @Test
        @DisplayName("of random programs that no run had before")
        void random() {
            long first = new Random().nextLong();
            GnuTools tools = new GnuTools(folder);
            for (long seed = first; seed < first + LIVE_PROGRAMS; seed++) {
                String source = RandomSource.program(seed);
                GnuSample sample = new GnuSample("seed " + seed, source, Map.of(), Map.of());
                assertSame(sample, tools.link(source, Map.of()));
            }
        }
    }
}
