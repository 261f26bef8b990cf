package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;

import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.state.Rflags;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Logical instructions")
class LogicalTest {

    private final TestContext context = new TestContext();

    private static boolean bit(Mnemonic mnemonic, boolean a, boolean b) {
        return switch (mnemonic) {
            case AND, TEST -> a && b;
            case OR -> a || b;
            case XOR -> a != b;
            default -> throw new AssertionError(mnemonic);
        };
    }

    private void check(Mnemonic mnemonic, long a, long b, int size) {
        long result = 0;
        for (int i = 0; i < 8 * size; i++) {
            if (bit(mnemonic, (a >>> i & 1) == 1, (b >>> i & 1) == 1)) result |= 1L << i;
        }
        long flags = new BitModel(result, 8 * size, false).flags() | Rflags.ALWAYS_ONE;
        context.set(GeneralRegister.RBX, a);
        context.set(GeneralRegister.RCX, b);
        context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.STATUS);

        context.execute(mnemonic, register(GeneralRegister.RBX, size), register(GeneralRegister.RCX, size));

        long expected = mnemonic == Mnemonic.TEST ? Width.zeroExtend(a, size) : result;
        long after = Width.zeroExtend(context.get(GeneralRegister.RBX), size);
        if (after != expected || context.cpu().rflags() != flags) {
            fail(
                    "%s %x, %x: %x and flags %x, expected %x and %x",
                    mnemonic, a, b, after, context.cpu().rflags(), expected, flags);
        }
    }

    @ParameterizedTest(name = "{0}: all bytes; CF, OF and AF become 0")
    @EnumSource(names = {"AND", "OR", "XOR", "TEST"})
    void allBytes(Mnemonic mnemonic) {
        for (int a = 0; a < 256; a++) {
            for (int b = 0; b < 256; b++) check(mnemonic, a, b, 1);
        }
    }

    @ParameterizedTest(name = "{0}: wider values")
    @EnumSource(names = {"AND", "OR", "XOR", "TEST"})
    void widerValues(Mnemonic mnemonic) {
        Random random = new Random(8086);
        for (int size : new int[] {2, 4, 8}) {
            for (int i = 0; i < 2000; i++) check(mnemonic, random.nextLong(), random.nextLong(), size);
        }
    }

    @Nested
    @DisplayName("NOT")
    class Not {

        @Test
        @DisplayName("inverts and changes no flag")
        void inverts() {
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.CF | Rflags.ZF);
            context.set(GeneralRegister.RDX, 0x1234_5678_9abc_def0L);
            context.execute(Mnemonic.NOT, register(GeneralRegister.RDX, 4));
            assertThat(context.get(GeneralRegister.RDX)).isEqualTo(0x6543_210fL);
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.CF | Rflags.ZF);
        }
    }

    @Test
    @DisplayName("TEST reads memory that cannot be written, AND does not")
    void readOnlyMemory() {
        context.makeReadOnly(0x2000);
        context.execute(Mnemonic.TEST, memory(0x2000, 1), immediate(1, 1));
        assertThat(context.cpu().flag(Rflags.ZF)).isTrue();
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> context.execute(Mnemonic.AND, memory(0x2000, 1), immediate(1, 1)));
    }
}
