package dev.trapframe.emulator.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.isa.InstructionTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Committed samples of legal encodings")
class CorpusTest {

    private static final int LEGAL = 200_000;
    private static final int TEXTS = 19_500;

    @Test
    @DisplayName(
            "decode with objdump's length and text, but for what is different on purpose, of which every line is needed")
    void samples() throws IOException {
        OnPurpose onPurpose = OnPurpose.load();
        Comparison comparison = new Comparison(InstructionTable.standard(), onPurpose);
        List<String> differences = new ArrayList<>();
        Stream.concat(SampleFile.lengths().stream(), SampleFile.texts().stream())
                .map(comparison::difference)
                .filter(difference -> difference != null)
                .forEach(differences::add);

        assertThat(differences).isEmpty();
        assertThat(onPurpose.unused()).isEmpty();
    }

    @Test
    @DisplayName("are 200,000 legal ones, and texts of 19,500")
    void count() throws IOException {
        assertThat(SampleFile.lengths().stream().filter(Sample::known).count()).isGreaterThan(LEGAL);
        assertThat(SampleFile.texts()).hasSizeGreaterThan(TEXTS);
    }
}
