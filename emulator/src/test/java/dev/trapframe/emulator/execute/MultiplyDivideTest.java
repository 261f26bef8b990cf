package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.state.Rflags;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Multiplication and division")
class MultiplyDivideTest {

    private static final long[] CORNERS = {
        0,
        1,
        -1,
        2,
        -2,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        0x7fff_ffffL,
        0x8000_0000L,
        0xffff_ffffL,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        0x5555_5555_5555_5555L
    };

    private final TestContext context = new TestContext();
    private final Random random = new Random(8087);

    private static BigInteger unsigned(long value, int size) {
        BigInteger number = BigInteger.valueOf(Width.zeroExtend(value, size));
        return number.signum() < 0 ? number.add(BigInteger.ONE.shiftLeft(64)) : number;
    }

    private static BigInteger signed(long value, int size) {
        BigInteger number = unsigned(value, size);
        return number.testBit(8 * size - 1) ? number.subtract(BigInteger.ONE.shiftLeft(8 * size)) : number;
    }

    /** The double-width accumulator: AX, DX:AX, EDX:EAX or RDX:RAX. */
    private BigInteger pair(int size) {
        if (size == 1) return unsigned(context.get(GeneralRegister.RAX), 2);
        BigInteger high = unsigned(context.get(GeneralRegister.RDX), size);
        return high.shiftLeft(8 * size).or(unsigned(context.get(GeneralRegister.RAX), size));
    }

    private void setPair(BigInteger value, int size) {
        if (size == 1) {
            context.set(GeneralRegister.RAX, value.longValue() & 0xffff);
            return;
        }
        context.set(GeneralRegister.RAX, Width.zeroExtend(value.longValue(), size));
        context.set(
                GeneralRegister.RDX, Width.zeroExtend(value.shiftRight(8 * size).longValue(), size));
    }

    private static BigInteger wrap(BigInteger value, int bits) {
        return value.mod(BigInteger.ONE.shiftLeft(bits));
    }

    private long value(int i) {
        return i < CORNERS.length ? CORNERS[i] : random.nextLong() >> random.nextInt(64);
    }

    @Nested
    @DisplayName("MUL and IMUL with one operand")
    class Multiply {

        @ParameterizedTest(name = "{0} bytes: the double-width product; CF and OF if the upper half counts")
        @ValueSource(ints = {1, 2, 4, 8})
        void product(int size) {
            for (int i = 0; i < 60; i++) {
                for (int j = 0; j < 60; j++) {
                    check(Mnemonic.MUL, value(i), value(j), size);
                    check(Mnemonic.IMUL, value(i), value(j), size);
                }
            }
        }

        private void check(Mnemonic mnemonic, long a, long b, int size) {
            boolean isSigned = mnemonic == Mnemonic.IMUL;
            BigInteger product = isSigned
                    ? signed(a, size).multiply(signed(b, size))
                    : unsigned(a, size).multiply(unsigned(b, size));
            boolean overflow = isSigned ? product.bitLength() >= 8 * size : product.bitLength() > 8 * size;
            context.set(GeneralRegister.RAX, a);
            context.set(GeneralRegister.RBX, b);

            context.execute(mnemonic, register(GeneralRegister.RBX, size));

            assertThat(pair(size)).as("%s %x, %x", mnemonic, a, b).isEqualTo(wrap(product, 16 * size));
            assertThat(context.cpu().flag(Rflags.CF))
                    .as("CF of %s %x, %x", mnemonic, a, b)
                    .isEqualTo(overflow);
            assertThat(context.cpu().flag(Rflags.OF)).isEqualTo(overflow);
        }

        @Test
        @DisplayName("32 bits clear the upper halves of RAX and RDX")
        void clearsUpperHalves() {
            context.set(GeneralRegister.RAX, 0xffff_ffff_0000_0002L);
            context.set(GeneralRegister.RDX, -1);
            context.set(GeneralRegister.RBX, 3);
            context.execute(Mnemonic.MUL, register(GeneralRegister.RBX, 4));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(6);
            assertThat(context.get(GeneralRegister.RDX)).isZero();
        }
    }

    @Nested
    @DisplayName("IMUL with two and three operands")
    class MultiplyTruncating {

        @ParameterizedTest(name = "{0} bytes: the low half; CF and OF if it is not the product")
        @ValueSource(ints = {2, 4, 8})
        void product(int size) {
            for (int i = 0; i < 60; i++) {
                for (int j = 0; j < 60; j++) check(value(i), value(j), size);
            }
        }

        private void check(long a, long b, int size) {
            BigInteger product = signed(a, size).multiply(signed(b, size));
            context.set(GeneralRegister.RCX, a);
            context.set(GeneralRegister.RBX, b);
            context.execute(Mnemonic.IMUL, register(GeneralRegister.RCX, size), register(GeneralRegister.RBX, size));
            assertThat(unsigned(context.get(GeneralRegister.RCX), size)).isEqualTo(wrap(product, 8 * size));
            assertThat(context.cpu().flag(Rflags.OF)).isEqualTo(product.bitLength() >= 8 * size);
        }

        @Test
        @DisplayName("three operands leave the sources alone")
        void threeOperands() {
            context.set(GeneralRegister.RBX, 7);
            context.execute(
                    Mnemonic.IMUL,
                    register(GeneralRegister.RCX, 4),
                    register(GeneralRegister.RBX, 4),
                    immediate(-3, 4));
            assertThat(context.get(GeneralRegister.RCX)).isEqualTo(0xffff_ffebL);
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(7);
            assertThat(context.cpu().flag(Rflags.CF)).isFalse();
        }
    }

    @Nested
    @DisplayName("DIV and IDIV")
    class Divide {

        @ParameterizedTest(name = "{0} bytes: quotient and remainder, or #DE with nothing changed")
        @ValueSource(ints = {1, 2, 4, 8})
        void quotient(int size) {
            for (int i = 0; i < 40; i++) {
                for (int j = 0; j < 40; j++) {
                    BigInteger dividend = wrap(unsigned(value(i), 8).multiply(unsigned(value(j), 8)), 16 * size);
                    BigInteger small = wrap(BigInteger.valueOf(value(i)), 16 * size);
                    for (Mnemonic mnemonic : new Mnemonic[] {Mnemonic.DIV, Mnemonic.IDIV}) {
                        check(mnemonic, dividend, value(j), size);
                        check(mnemonic, small, value(j), size);
                    }
                }
            }
        }

        private void check(Mnemonic mnemonic, BigInteger raw, long rawDivisor, int size) {
            boolean isSigned = mnemonic == Mnemonic.IDIV;
            BigInteger divisor = isSigned ? signed(rawDivisor, size) : unsigned(rawDivisor, size);
            boolean negative = isSigned && raw.testBit(16 * size - 1);
            BigInteger dividend = negative ? raw.subtract(BigInteger.ONE.shiftLeft(16 * size)) : raw;
            setPair(raw, size);
            context.set(GeneralRegister.RBX, rawDivisor);
            if (divisor.signum() == 0 || !fits(dividend.divide(divisor), isSigned, size)) {
                assertThatExceptionOfType(Fault.class)
                        .isThrownBy(() -> context.execute(mnemonic, register(GeneralRegister.RBX, size)))
                        .matches(fault -> fault.vector() == ExceptionVector.DE);
                assertThat(pair(size)).isEqualTo(raw);
                return;
            }
            context.execute(mnemonic, register(GeneralRegister.RBX, size));
            BigInteger[] expected = dividend.divideAndRemainder(divisor);
            BigInteger result = wrap(expected[1], 8 * size).shiftLeft(8 * size).or(wrap(expected[0], 8 * size));
            assertThat(pair(size)).as("%s %s / %s", mnemonic, dividend, divisor).isEqualTo(result);
        }

        private boolean fits(BigInteger quotient, boolean isSigned, int size) {
            return isSigned ? quotient.bitLength() < 8 * size : quotient.bitLength() <= 8 * size;
        }
    }
}
