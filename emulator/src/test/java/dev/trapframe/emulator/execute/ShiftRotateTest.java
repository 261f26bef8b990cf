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
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Rflags;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Shifts and rotates")
class ShiftRotateTest {

    private static final long ROTATE_FLAGS = Rflags.CF | Rflags.OF;

    private final TestContext context = new TestContext();

    private static boolean isRotate(Mnemonic mnemonic) {
        return mnemonic.name().startsWith("R");
    }

    private static void step(Mnemonic mnemonic, BitModel value, long original, int bits) {
        switch (mnemonic) {
            case SHL -> value.shiftLeft(false);
            case SHR -> value.shiftRight(false);
            case SAR -> value.shiftRight((original >>> bits - 1 & 1) == 1);
            case ROL -> value.rotateLeft(false);
            case ROR -> value.rotateRight(false);
            case RCL -> value.rotateLeft(true);
            case RCR -> value.rotateRight(true);
            default -> throw new AssertionError(mnemonic);
        }
    }

    /** The flags that the manual defines for this count. */
    private static long defined(Mnemonic mnemonic, int count, int bits) {
        if (count == 0) return Rflags.STATUS;
        long defined = isRotate(mnemonic) ? Rflags.STATUS : Rflags.STATUS & ~Rflags.AF;
        if (count > 1) defined &= ~Rflags.OF;
        boolean beyond = count > bits && (mnemonic == Mnemonic.SHL || mnemonic == Mnemonic.SHR);
        return beyond ? defined & ~Rflags.CF : defined;
    }

    private void check(Mnemonic mnemonic, long value, int count, int size, boolean carry) {
        int bits = 8 * size;
        int masked = count & (size == 8 ? 63 : 31);
        long before = Rflags.ALWAYS_ONE | Rflags.ZF | Rflags.AF | (carry ? Rflags.CF : 0);
        BitModel expected = new BitModel(value, bits, carry);
        for (int i = 0; i < masked; i++) step(mnemonic, expected, value, bits);
        long affected = masked == 0 ? 0 : isRotate(mnemonic) ? ROTATE_FLAGS : Rflags.STATUS;
        long flags = before & ~affected | expected.flags() & affected;
        context.set(GeneralRegister.RBX, value);
        context.set(GeneralRegister.RCX, count);
        context.cpu().setRflags(before);

        context.execute(mnemonic, register(GeneralRegister.RBX, size), register(GeneralRegister.RCX, 1));

        long mask = defined(mnemonic, masked, bits);
        long result = Width.zeroExtend(context.get(GeneralRegister.RBX), size);
        boolean same = result == expected.value() && (context.cpu().rflags() & mask) == (flags & mask);
        if (!same) {
            fail(
                    "%s %x, %d with CF=%s: result %x and flags %x, expected %x and %x",
                    mnemonic,
                    value,
                    count,
                    carry,
                    result,
                    context.cpu().rflags() & mask,
                    expected.value(),
                    flags & mask);
        }
    }

    @ParameterizedTest(name = "{0}: all bytes and counts agree with single-bit steps")
    @EnumSource(names = {"SHL", "SHR", "SAR", "ROL", "ROR", "RCL", "RCR"})
    void allBytes(Mnemonic mnemonic) {
        for (int value = 0; value < 256; value++) {
            for (int count = 0; count < 40; count++) {
                check(mnemonic, value, count, 1, false);
                check(mnemonic, value, count, 1, true);
            }
        }
    }

    @ParameterizedTest(name = "{0}: wider values agree with single-bit steps")
    @EnumSource(names = {"SHL", "SHR", "SAR", "ROL", "ROR", "RCL", "RCR"})
    void widerValues(Mnemonic mnemonic) {
        Random random = new Random(386);
        for (int size : new int[] {2, 4, 8}) {
            for (int count = 0; count < 256; count++) {
                for (int i = 0; i < 8; i++) check(mnemonic, random.nextLong(), count, size, random.nextBoolean());
            }
        }
    }

    @Nested
    @DisplayName("SHLD and SHRD")
    class DoubleShifts {

        @ParameterizedTest(name = "{0}: counts up to the width agree with single-bit steps")
        @EnumSource(names = {"SHLD", "SHRD"})
        void agreeWithSteps(Mnemonic mnemonic) {
            Random random = new Random(286);
            for (int size : new int[] {2, 4, 8}) {
                for (int count = 1; count < 8 * size && count < 64; count++) {
                    for (int i = 0; i < 20; i++) check(mnemonic, random.nextLong(), random.nextLong(), count, size);
                }
            }
            check(mnemonic, 0x8421, 0xcafe, 16, 2);
            for (int count = 17; count < 32; count++) check(mnemonic, random.nextLong(), random.nextLong(), count, 2);
        }

        private void check(Mnemonic mnemonic, long value, long source, int count, int size) {
            int bits = 8 * size;
            int masked = count & (size == 8 ? 63 : 31);
            BitModel expected = new BitModel(value, bits, false);
            for (int i = 0; i < masked; i++) {
                // Beyond the width, which the manual leaves open, processors go on with the destination.
                long bitsIn = i < bits ? source : value;
                if (mnemonic == Mnemonic.SHLD) expected.shiftLeft((bitsIn >>> bits - 1 - i % bits & 1) == 1);
                else expected.shiftRight((bitsIn >>> i % bits & 1) == 1);
            }
            context.set(GeneralRegister.RBX, value);
            context.set(GeneralRegister.RDX, source);

            context.execute(
                    mnemonic,
                    register(GeneralRegister.RBX, size),
                    register(GeneralRegister.RDX, size),
                    immediate(count, 1));

            long mask = Rflags.STATUS & ~Rflags.AF & ~(masked == 1 ? 0 : Rflags.OF);
            assertThat(Width.zeroExtend(context.get(GeneralRegister.RBX), size))
                    .as("%s %x, %x, %d", mnemonic, value, source, count)
                    .isEqualTo(expected.value());
            assertThat(context.cpu().rflags() & mask)
                    .as("flags of %s %x, %x, %d", mnemonic, value, source, count)
                    .isEqualTo(expected.flags() & mask);
        }

        @Test
        @DisplayName("a count of 32 shifts 32-bit operands not at all, and clears the upper half")
        void countOfThirtyTwo() {
            context.set(GeneralRegister.RBX, 0xffff_ffff_1234_5678L);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.CF);
            context.execute(
                    Mnemonic.SHLD,
                    register(GeneralRegister.RBX, 4),
                    register(GeneralRegister.RDX, 4),
                    immediate(32, 1));
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(0x1234_5678L);
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.CF);
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(names = {"SHL", "SHR", "SAR", "ROL", "ROR", "RCL", "RCR", "SHLD", "SHRD"})
    @DisplayName("a count of 0 changes neither flags nor value. SDM Vol. 2B, the instructions' pages")
    void countOfZero(Mnemonic mnemonic) {
        for (long flags : new long[] {Rflags.ALWAYS_ONE, Rflags.ALWAYS_ONE | Rflags.STATUS}) {
            for (int size : new int[] {2, 4, 8}) {
                context.set(GeneralRegister.RBX, 0x8001);
                context.set(GeneralRegister.RDX, -1);
                context.set(GeneralRegister.RCX, 0);
                context.cpu().setRflags(flags);
                Operand value = register(GeneralRegister.RBX, size);
                Operand count = register(GeneralRegister.RCX, 1);
                if (mnemonic.name().length() == 3) context.execute(mnemonic, value, count);
                else context.execute(mnemonic, value, register(GeneralRegister.RDX, size), count);
                assertThat(context.get(GeneralRegister.RBX)).isEqualTo(0x8001);
                assertThat(context.cpu().rflags()).isEqualTo(flags);
            }
        }
    }

    @Nested
    @DisplayName("A count of 0")
    class ZeroCount {

        @Test
        @DisplayName("clears the upper half of a 32-bit register and leaves the flags")
        void clearsTheUpperHalf() {
            context.set(GeneralRegister.RBX, 0xffff_ffff_8000_0000L);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.STATUS);
            context.execute(Mnemonic.SHL, register(GeneralRegister.RBX, 4), immediate(0, 1));
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(0x8000_0000L);
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.STATUS);
        }

        @Test
        @DisplayName("is still a write to memory")
        void isAWrite() {
            context.makeReadOnly(0x2000);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.execute(Mnemonic.ROR, memory(0x2000, 4), immediate(0, 1)));
        }
    }
}
