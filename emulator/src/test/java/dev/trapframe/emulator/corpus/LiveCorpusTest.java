package dev.trapframe.emulator.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.isa.InstructionTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("oracle")
@DisplayName("Fresh samples")
class LiveCorpusTest {

    private static final int SAMPLES = 12_000;

    @BeforeAll
    static void rightVersion() throws IOException {
        assertThat(Objdump.version())
                .as("binutils of version " + Objdump.VERSION
                        + " is needed: others write some instructions differently; `objdump --version` tells yours")
                .isEqualTo(Objdump.VERSION);
    }

    @ParameterizedTest
    @EnumSource(
            value = CodeMode.class,
            names = {"LONG_64", "CODE_32"})
    @DisplayName("decode with the length and the text that objdump tells just now")
    void fresh(CodeMode mode, @TempDir Path folder) throws IOException {
        long seed = new Random().nextLong();
        Comparison comparison = new Comparison(InstructionTable.standard(), OnPurpose.load());
        List<String> differences = new ArrayList<>();
        for (Sample sample : new CorpusMaker(folder, new Random(seed)).samples(mode, SAMPLES, true)) {
            String difference = comparison.difference(sample);
            if (difference != null) differences.add(difference);
        }

        assertThat(differences).as("seed " + seed).isEmpty();
    }
}
