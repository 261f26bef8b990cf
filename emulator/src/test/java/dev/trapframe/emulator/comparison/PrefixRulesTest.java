package dev.trapframe.emulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Rules for all rows")
class PrefixRulesTest {

    private static final int OF_ROW = 12;
    private static final long SEED = 42;

    private final Decoder decoder = new Decoder();

    private DecodeResult decode(String hex, CodeMode mode) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return decoder.decode(index -> index < bytes.length ? bytes[index] : 0, mode);
    }

    private static List<String> encodings(InstructionForm row, CodeMode mode) {
        return Samples.encodings(mode, false, SEED).of(row, OF_ROW).stream()
                .map(Encoding::hex)
                .toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"LONG_64", "CODE_32"})
    @DisplayName("LOCK is legal where the manual lists the instruction and the destination is memory, else #UD")
    void lock(CodeMode mode) {
        List<String> wrong = new ArrayList<>();
        for (InstructionForm row : Samples.encodings(mode, false, SEED).forms()) {
            for (String hex : encodings(row, mode)) {
                Instruction instruction = ((DecodeResult.Decoded) decode(hex, mode)).instruction();
                DecodeResult locked = decode("f0" + hex, mode);
                boolean legal = locked instanceof DecodeResult.Decoded decoded
                        && decoded.instruction().lock();
                boolean right = LockRule.permits(instruction) ? legal : locked instanceof DecodeResult.Undefined;
                if (!right) wrong.add(mode + " f0" + hex + " " + row);
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    @DisplayName("a row of the other mode is never decoded")
    void otherMode() {
        List<String> wrong = new ArrayList<>();
        for (CodeMode mode : List.of(CodeMode.LONG_64, CodeMode.CODE_32)) {
            CodeMode other = mode == CodeMode.LONG_64 ? CodeMode.CODE_32 : CodeMode.LONG_64;
            FormAttribute here = mode == CodeMode.LONG_64 ? FormAttribute.ONLY64 : FormAttribute.NO64;
            for (InstructionForm row : Samples.encodings(mode, false, SEED).forms()) {
                if (!row.has(here)) continue;
                for (String hex : encodings(row, mode)) {
                    boolean decoded = decode(hex, other) instanceof DecodeResult.Decoded result
                            && result.instruction().form().equals(row);
                    if (decoded) wrong.add(other + " " + hex + " " + row);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    @DisplayName("a REX prefix before another prefix is ignored")
    void rexNotLast() {
        List<String> wrong = new ArrayList<>();
        for (InstructionForm row :
                Samples.encodings(CodeMode.LONG_64, false, SEED).forms()) {
            for (String hex : encodings(row, CodeMode.LONG_64)) {
                if (!hex.matches("(66|67|f2|f3|64|65).*") || hex.length() / 2 == Decoder.MAX_LENGTH_BYTES) continue;
                Instruction plain = ((DecodeResult.Decoded) decode(hex, CodeMode.LONG_64)).instruction();
                DecodeResult result = decode("4f" + hex, CodeMode.LONG_64);
                boolean same = result instanceof DecodeResult.Decoded decoded
                        && decoded.instruction().form().equals(plain.form())
                        && decoded.instruction().operands().equals(plain.operands())
                        && decoded.instruction().lengthBytes() == plain.lengthBytes() + 1;
                if (!same) wrong.add("4f" + hex + " " + row);
            }
        }
        assertThat(wrong).isEmpty();
    }
}
