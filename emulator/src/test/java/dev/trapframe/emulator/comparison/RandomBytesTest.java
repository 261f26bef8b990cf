package dev.trapframe.emulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.decode.CodeBytes;
import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.format.Disassembler;
import dev.trapframe.emulator.format.Syntax;
import dev.trapframe.emulator.isa.Instruction;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayName("Random bytes")
class RandomBytesTest {

    private static final int[] PREFIXES = {0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x48, 0x0F
    };

    private final Decoder first = new Decoder();
    private final Decoder second = new Decoder();
    private final Map<CodeMode, Disassembler> disassemblers = new EnumMap<>(CodeMode.class);

    /** Bytes that are asked for in order, each once, and no more than fifteen of them. */
    private static final class Checked implements CodeBytes {
        private byte[] bytes = {};
        private int next;

        void start(byte[] code) {
            bytes = code;
            next = 0;
        }

        @Override
        public int byteAt(int index) {
            if (index != next++) throw new AssertionError("byte " + index + " asked for, not " + (next - 1));
            return bytes[index];
        }
    }

    @Test
    @DisplayName("300,000 of them are decoded to the same result twice, and to texts")
    void some() {
        decode(300_000, 1);
    }

    @Test
    @Tag("long")
    @DisplayName("10,000,000 of them are decoded to the same result twice, and to texts")
    void many() {
        decode(10_000_000, 2);
    }

    private void decode(int count, long seed) {
        for (CodeMode mode : CodeMode.values()) disassemblers.put(mode, new Disassembler(mode));
        Random random = new Random(seed);
        byte[] bytes = new byte[Decoder.MAX_LENGTH_BYTES];
        Checked checked = new Checked();
        CodeMode[] modes = CodeMode.values();
        for (int i = 0; i < count; i++) {
            fill(bytes, random);
            CodeMode mode = modes[i % modes.length];
            try {
                checked.start(bytes);
                DecodeResult result = first.decode(checked, mode);
                checked.start(bytes);
                check(result, second.decode(checked, mode), mode, i);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(mode + " " + HexFormat.of().formatHex(bytes), e);
            }
        }
    }

    /** Half of them begin with some prefixes. */
    private static void fill(byte[] bytes, Random random) {
        random.nextBytes(bytes);
        if (random.nextBoolean()) return;
        for (int i = random.nextInt(4); i >= 0; i--) bytes[i] = (byte) PREFIXES[random.nextInt(PREFIXES.length)];
    }

    private void check(DecodeResult result, DecodeResult again, CodeMode mode, int number) {
        if (!(result instanceof DecodeResult.Decoded decoded)) {
            assertThat(again).isEqualTo(result);
            return;
        }
        Instruction instruction = decoded.instruction();
        Instruction twin = ((DecodeResult.Decoded) again).instruction();
        boolean same = twin.form() == instruction.form()
                && twin.lengthBytes() == instruction.lengthBytes()
                && twin.operands().equals(instruction.operands());
        boolean fits = instruction.lengthBytes() >= 1 && instruction.lengthBytes() <= Decoder.MAX_LENGTH_BYTES;
        Syntax syntax = Syntax.values()[number & 1];
        String text = disassemblers.get(mode).text(instruction, number, syntax);
        if (!same || !fits || text.isBlank()) throw new AssertionError(instruction + " and " + twin + ": " + text);
    }
}
