package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.highByte;
import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Rflags;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Binary arithmetic")
class BinaryArithmeticTest {

    private static final int SAMPLES = 5000;
    private static final long SEED = 20201217;

    private final TestContext context = new TestContext();

    /** The two-operand instructions, as the model does them; CMP writes no result. */
    private static void model(Mnemonic mnemonic, BitModel a, BitModel b, boolean carry) {
        switch (mnemonic) {
            case ADD -> a.add(b, false);
            case ADC -> a.add(b, carry);
            case SUB, CMP -> a.subtract(b, false);
            case SBB -> a.subtract(b, carry);
            default -> throw new AssertionError(mnemonic);
        }
    }

    private void check(Mnemonic mnemonic, long a, long b, int size, boolean carry) {
        BitModel expected = new BitModel(a, 8 * size, carry);
        model(mnemonic, expected, new BitModel(b, 8 * size, false), carry);
        context.set(GeneralRegister.RBX, a);
        context.set(GeneralRegister.RCX, b);
        context.cpu().setRflags(Rflags.ALWAYS_ONE | (carry ? Rflags.CF : 0));

        context.execute(mnemonic, register(GeneralRegister.RBX, size), register(GeneralRegister.RCX, size));

        long result = mnemonic == Mnemonic.CMP ? Width.zeroExtend(a, size) : expected.value();
        boolean same = Width.zeroExtend(context.get(GeneralRegister.RBX), size) == result
                && context.cpu().rflags() == (Rflags.ALWAYS_ONE | expected.flags());
        if (!same) {
            assertThat(Long.toHexString(context.cpu().rflags()))
                    .as("%s %x, %x, CF=%s: result %x, flags", mnemonic, a, b, carry, result)
                    .isEqualTo(Long.toHexString(Rflags.ALWAYS_ONE | expected.flags()));
            assertThat(context.get(GeneralRegister.RBX))
                    .as("%s %x, %x", mnemonic, a, b)
                    .isEqualTo(result);
        }
    }

    @ParameterizedTest(name = "{0}: all bytes, with and without carry, agree with a chain of full adders")
    @EnumSource(names = {"ADD", "ADC", "SUB", "SBB", "CMP"})
    void allBytes(Mnemonic mnemonic) {
        for (int a = 0; a < 256; a++) {
            for (int b = 0; b < 256; b++) {
                check(mnemonic, a, b, 1, false);
                check(mnemonic, a, b, 1, true);
            }
        }
    }

    @ParameterizedTest(name = "{0}: wider values agree with a chain of full adders")
    @EnumSource(names = {"ADD", "ADC", "SUB", "SBB", "CMP"})
    void widerValues(Mnemonic mnemonic) {
        Random random = new Random(SEED);
        long[] corners = {0, 1, -1, 0x7fff, 0x8000, Integer.MAX_VALUE, 0x8000_0000L, Long.MAX_VALUE, Long.MIN_VALUE};
        for (int size : new int[] {2, 4, 8}) {
            for (long a : corners) for (long b : corners) check(mnemonic, a, b, size, random.nextBoolean());
            for (int i = 0; i < SAMPLES; i++) {
                check(mnemonic, random.nextLong(), random.nextLong(), size, random.nextBoolean());
            }
        }
    }

    @Nested
    @DisplayName("INC, DEC and NEG")
    class OneOperand {

        @ParameterizedTest(name = "{0}: all bytes agree with the model")
        @EnumSource(names = {"INC", "DEC", "NEG"})
        void allBytes(Mnemonic mnemonic) {
            for (int value = 0; value < 256; value++) {
                check(mnemonic, value, 1, false);
                check(mnemonic, value, 1, true);
            }
        }

        @ParameterizedTest(name = "{0}: wider values agree with the model")
        @EnumSource(names = {"INC", "DEC", "NEG"})
        void widerValues(Mnemonic mnemonic) {
            Random random = new Random(SEED);
            for (int size : new int[] {2, 4, 8}) {
                for (long value : new long[] {0, 1, -1, 0x7fff, 0x8000, 0x8000_0000L, Long.MIN_VALUE}) {
                    check(mnemonic, value, size, random.nextBoolean());
                }
                for (int i = 0; i < SAMPLES; i++) check(mnemonic, random.nextLong(), size, random.nextBoolean());
            }
        }

        private void check(Mnemonic mnemonic, long value, int size, boolean carry) {
            BitModel expected = new BitModel(mnemonic == Mnemonic.NEG ? 0 : value, 8 * size, carry);
            BitModel other = new BitModel(mnemonic == Mnemonic.NEG ? value : 1, 8 * size, false);
            if (mnemonic == Mnemonic.INC) expected.add(other, false);
            else expected.subtract(other, false);
            long flags = expected.flags();
            if (mnemonic != Mnemonic.NEG) flags = flags & ~Rflags.CF | (carry ? Rflags.CF : 0);
            context.set(GeneralRegister.RBX, value);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | (carry ? Rflags.CF : 0));

            context.execute(mnemonic, register(GeneralRegister.RBX, size));

            assertThat(Width.zeroExtend(context.get(GeneralRegister.RBX), size))
                    .as("%s %x", mnemonic, value)
                    .isEqualTo(expected.value());
            assertThat(context.cpu().rflags()).as("%s %x", mnemonic, value).isEqualTo(Rflags.ALWAYS_ONE | flags);
        }
    }

    @Nested
    @DisplayName("ADCX and ADOX")
    class PackedCarryChains {

        @Test
        @DisplayName("ADCX carries through CF and touches no other flag")
        void adcx() {
            context.set(GeneralRegister.RAX, -1);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.CF | Rflags.OF);
            context.execute(Mnemonic.ADCX, register(GeneralRegister.RAX, 8), register(GeneralRegister.RBX, 8));
            assertThat(context.get(GeneralRegister.RAX)).isZero();
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.CF | Rflags.OF);
        }

        @Test
        @DisplayName("ADOX carries through OF and touches no other flag")
        void adox() {
            context.set(GeneralRegister.RAX, 0xffff_ffffL);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.OF);
            context.execute(Mnemonic.ADOX, register(GeneralRegister.RAX, 4), register(GeneralRegister.RBX, 4));
            assertThat(context.get(GeneralRegister.RAX)).isZero();
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.OF);
            context.execute(Mnemonic.ADOX, register(GeneralRegister.RAX, 4), register(GeneralRegister.RBX, 4));
            assertThat(context.get(GeneralRegister.RAX)).isOne();
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE);
        }
    }

    @Nested
    @DisplayName("Destinations")
    class Destinations {

        @Test
        @DisplayName("32 bits clear the upper half, 8 and 16 bits leave the rest")
        void widths() {
            context.set(GeneralRegister.RAX, 0x1122_3344_5566_7788L);
            context.execute(Mnemonic.ADD, register(GeneralRegister.RAX, 1), immediate(1, 1));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x1122_3344_5566_7789L);
            context.execute(Mnemonic.SUB, highByte(GeneralRegister.RAX), immediate(0x77, 1));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x1122_3344_5566_0089L);
            context.execute(Mnemonic.ADD, register(GeneralRegister.RAX, 2), immediate(-1, 2));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x1122_3344_5566_0088L);
            context.execute(Mnemonic.ADD, register(GeneralRegister.RAX, 4), immediate(-0x88, 4));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x5566_0000L);
        }

        @Test
        @DisplayName("read-modify-write in memory faults as a write, and leaves the flags")
        void readOnlyMemory() {
            context.makeReadOnly(0x2000);
            context.cpu().setRflags(Rflags.ALWAYS_ONE);
            Operand[] operands = {memory(0x2000, 4), immediate(1, 4)};

            assertThatExceptionOfType(Fault.class).isThrownBy(() -> context.execute(Mnemonic.SUB, operands));
            assertThatExceptionOfType(Fault.class).isThrownBy(() -> context.execute(Mnemonic.INC, memory(0x2ff8, 8)));
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE);

            context.execute(Mnemonic.CMP, operands);
            assertThat(context.cpu().flag(Rflags.CF)).isTrue();
        }

        @Test
        @DisplayName("flags other than the six stay")
        void otherFlags() {
            long others = Rflags.IF | Rflags.DF | Rflags.AC | Rflags.IOPL | Rflags.ALWAYS_ONE;
            context.cpu().setRflags(others);
            context.execute(Mnemonic.ADD, register(GeneralRegister.RAX, 8), immediate(1, 8));
            assertThat(context.cpu().rflags()).isEqualTo(others);
        }
    }
}
