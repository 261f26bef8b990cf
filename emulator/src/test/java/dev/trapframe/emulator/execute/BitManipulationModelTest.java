package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Rflags;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** BMI1 and BMI2 bit by bit. Source: Intel SDM Vol. 2, the instructions' Operation sections. */
@DisplayName("BMI1 and BMI2 agree with themselves, bit by bit:")
class BitManipulationModelTest {

    private static final int CASES = 300;
    private static final long[] EDGES = {
        0,
        1,
        2,
        3,
        -1,
        0x7fff_ffff,
        0x8000_0000L,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        31,
        32,
        33,
        63,
        64,
        65,
        255,
        0x2020,
        0x4040
    };

    private final SplittableRandom random = new SplittableRandom(3);
    private final TestContext context = new TestContext();

    private long value(int size) {
        long value = random.nextInt(3) != 0 ? EDGES[random.nextInt(EDGES.length)] : random.nextLong();
        return Width.zeroExtend(value, size);
    }

    private static boolean bit(long value, int number) {
        return number < Long.SIZE && (value >>> number & 1) != 0;
    }

    /** The result for operands of so many bits; {@code control} is the third operand. */
    private static long expected(Mnemonic mnemonic, long source, long control, int bits) {
        long result = 0;
        int next = 0;
        boolean seen = false;
        for (int i = 0; i < bits; i++) {
            boolean set = switch (mnemonic) {
                case ANDN -> !bit(source, i) && bit(control, i);
                case BEXTR ->
                    i < (control >>> 8 & 0xff)
                            && (control & 0xff) + i < bits
                            && bit(source, (int) (control & 0xff) + i);
                case BLSI -> !seen && bit(source, i);
                case BLSMSK -> !seen;
                case BLSR -> seen && bit(source, i);
                case BZHI -> i < (control & 0xff) && bit(source, i);
                case PDEP -> bit(control, i) && bit(source, next++);
                case SARX -> bit(source, Math.min(i + (int) (control & bits - 1), bits - 1));
                case SHLX -> i >= (control & bits - 1) && bit(source, i - (int) (control & bits - 1));
                case SHRX -> i + (control & bits - 1) < bits && bit(source, i + (int) (control & bits - 1));
                case RORX -> bit(source, (i + (int) control) % bits);
                default -> throw new AssertionError(mnemonic);
            };
            seen |= bit(source, i);
            if (set) result |= 1L << i;
        }
        return result;
    }

    private static long extracted(long source, long mask) {
        long result = 0;
        int next = 0;
        for (int i = 0; i < Long.SIZE; i++) {
            if (!bit(mask, i)) continue;
            if (bit(source, i)) result |= 1L << next;
            next++;
        }
        return result;
    }

    private static long carry(Mnemonic mnemonic, long source, long control, int bits) {
        return switch (mnemonic) {
            case BLSI -> source != 0 ? 1 : 0;
            case BLSMSK, BLSR -> source == 0 ? 1 : 0;
            case BZHI -> (control & 0xff) >= bits ? 1 : 0;
            default -> 0;
        };
    }

    @ParameterizedTest
    @EnumSource(
            names = {"ANDN", "BEXTR", "BLSI", "BLSMSK", "BLSR", "BZHI", "PDEP", "PEXT", "SARX", "SHLX", "SHRX", "RORX"})
    @DisplayName("results, and the flags that the manual defines")
    void agrees(Mnemonic mnemonic) {
        for (int i = 0; i < CASES; i++) {
            int size = random.nextBoolean() ? 4 : 8;
            int bits = 8 * size;
            long source = value(size);
            long control = mnemonic == Mnemonic.RORX ? random.nextInt(bits) : value(size);
            long before = Rflags.ALWAYS_ONE | random.nextInt(0x1000) & Rflags.STATUS;
            context.set(GeneralRegister.RCX, source);
            context.set(GeneralRegister.RBX, control);
            context.cpu().setRflags(before);
            Operand third = mnemonic == Mnemonic.RORX ? immediate(control, 1) : register(GeneralRegister.RBX, size);
            context.execute(mnemonic, register(GeneralRegister.RAX, size), register(GeneralRegister.RCX, size), third);

            String name = String.format("%s %x, %x with %d bits", mnemonic, source, control, bits);
            long expected =
                    mnemonic == Mnemonic.PEXT ? extracted(source, control) : expected(mnemonic, source, control, bits);
            assertThat(context.get(GeneralRegister.RAX)).as(name).isEqualTo(expected);
            checkFlags(mnemonic, name, before, expected, carry(mnemonic, source, control, bits), bits);
        }
    }

    private void checkFlags(Mnemonic mnemonic, String name, long before, long result, long carry, int bits) {
        long flags = context.cpu().rflags();
        switch (mnemonic) {
            case ANDN, BEXTR, BLSI, BLSMSK, BLSR, BZHI -> {
                long defined = Rflags.CF | Rflags.ZF | Rflags.OF | (mnemonic == Mnemonic.BEXTR ? 0 : Rflags.SF);
                long expected = carry
                        | (result == 0 && mnemonic != Mnemonic.BLSMSK ? Rflags.ZF : 0)
                        | (bit(result, bits - 1) ? Rflags.SF : 0);
                assertThat(flags & defined).as(name).isEqualTo(expected & defined);
            }
            default -> assertThat(flags).as(name).isEqualTo(before);
        }
    }

    @Test
    @DisplayName("MULX is the unsigned product, high half first, and changes no flag")
    void mulx() {
        for (int i = 0; i < CASES; i++) {
            int size = random.nextBoolean() ? 4 : 8;
            long a = value(size);
            long b = value(size);
            context.set(GeneralRegister.RDX, size == 4 ? a | random.nextLong() << 32 : a);
            context.set(GeneralRegister.RBX, b);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.STATUS);
            context.execute(
                    Mnemonic.MULX,
                    register(GeneralRegister.RAX, size),
                    register(GeneralRegister.RCX, size),
                    register(GeneralRegister.RBX, size));
            BigInteger product =
                    new BigInteger(Long.toUnsignedString(a)).multiply(new BigInteger(Long.toUnsignedString(b)));
            long low = Width.zeroExtend(product.longValue(), size);
            long high = product.shiftRight(8 * size).longValue();
            assertThat(context.get(GeneralRegister.RAX)).as("%x * %x", a, b).isEqualTo(high);
            assertThat(context.get(GeneralRegister.RCX)).as("%x * %x", a, b).isEqualTo(low);
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.STATUS);
        }
    }
}
