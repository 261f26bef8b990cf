package dev.trapframe.emulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Legal encodings")
class ComparisonTest {

    private static final int LENGTHS_OF_MODE = 100_000;

    @Test
    @DisplayName("have the texts of GNU objdump 2.40 in both syntaxes, but for what on-purpose.tsv lists")
    void texts() throws IOException {
        OnPurpose onPurpose = new OnPurpose();
        Comparison comparison = new Comparison(InstructionTable.standard(), onPurpose);
        Expected.read(CodeMode.CODE_32, Samples.WALK_32).forEach(comparison::compare);
        for (CodeMode mode : List.of(CodeMode.LONG_64, CodeMode.CODE_32)) {
            Expected.read(mode, Samples.texts(mode)).forEach(comparison::compare);
        }
        assertThat(comparison.differences()).isEmpty();
        assertThat(onPurpose.unused()).as("lines of on-purpose.tsv without use").isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"LONG_64", "CODE_32"})
    @DisplayName("have the length that GNU objdump 2.40 says")
    void lengths(CodeMode mode) throws IOException {
        Comparison comparison = new Comparison(InstructionTable.standard(), new OnPurpose());
        List<String> lines = Expected.lines(Samples.lengths(mode));
        lines.forEach(hex -> comparison.length(new Encoding(mode, hex)));
        assertThat(lines).hasSize(LENGTHS_OF_MODE);
        assertThat(comparison.differences()).isEmpty();
    }

    @Test
    @DisplayName("of every row are in the expectations")
    void complete() throws IOException {
        assertThat(rows(CodeMode.CODE_32, Samples.WALK_32)).isEqualTo(wanted(CodeMode.CODE_32));
        for (CodeMode mode : List.of(CodeMode.LONG_64, CodeMode.CODE_32)) {
            assertThat(rows(mode, Samples.texts(mode))).isEqualTo(wanted(mode));
        }
    }

    private static Set<InstructionForm> wanted(CodeMode mode) {
        return new HashSet<>(Samples.encodings(mode, true, 0).forms());
    }

    private static Set<InstructionForm> rows(CodeMode mode, String resource) throws IOException {
        Decoder decoder = new Decoder();
        Set<InstructionForm> rows = new HashSet<>();
        for (Expected expected : Expected.read(mode, resource)) {
            byte[] bytes = new Encoding(mode, expected.hex()).bytes();
            DecodeResult result = decoder.decode(index -> bytes[index], mode);
            if (result instanceof DecodeResult.Decoded decoded) {
                rows.add(decoded.instruction().form());
            }
        }
        return rows;
    }
}
