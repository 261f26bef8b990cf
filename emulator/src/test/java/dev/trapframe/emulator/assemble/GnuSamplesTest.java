package dev.trapframe.emulator.assemble;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
