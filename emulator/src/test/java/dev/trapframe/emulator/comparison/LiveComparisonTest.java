package dev.trapframe.emulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.isa.InstructionTable;
import java.io.IOException;
import java.security.SecureRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("oracle")
@DisplayName("Fresh legal encodings")
class LiveComparisonTest {

    private static final int OF_ROW = 20;

    @ParameterizedTest
    @EnumSource(names = {"LONG_64", "CODE_32"})
    @DisplayName("have length and texts of the GNU objdump that is installed")
    void texts(CodeMode mode) throws IOException {
        long seed = Long.getLong("comparison.seed", new SecureRandom().nextInt());
        System.out.println("comparison.seed=" + seed);
        Comparison comparison = new Comparison(InstructionTable.standard(), new OnPurpose());
        for (boolean extraPrefixes : new boolean[] {false, true}) {
            LegalEncodings source = Samples.encodings(mode, extraPrefixes, seed);
            Samples.ask(source.ofAll(OF_ROW), mode).forEach(comparison::compare);
        }
        assertThat(comparison.differences()).as("seed %d", seed).isEmpty();
    }
}
