package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Decimal arithmetic instructions")
class DecimalArithmeticTest {

    private final TestContext context = new TestContext();

    private static int packed(int number) {
        return number / 10 << 4 | number % 10;
    }

    /** An 8-bit addition or subtraction, as ADD AL and SUB AL leave AL, CF and AF. */
    private void afterBinary(int a, int b, int direction) {
        int result = a + direction * b;
        boolean carry = (result & 0x100) != 0;
        boolean adjust = ((a ^ b ^ result) & 0x10) != 0;
        context.set(GeneralRegister.RAX, 0x1122_3344_5566_7700L | result & 0xff);
        context.cpu().setRflags(Rflags.ALWAYS_ONE | (carry ? Rflags.CF : 0) | (adjust ? Rflags.AF : 0));
    }

    @Nested
    @DisplayName("DAA and DAS")
    class Packed {

        @Test
        @DisplayName("make the decimal sum of any two packed numbers, and CF its carry")
        void sums() {
            for (int a = 0; a < 100; a++) {
                for (int b = 0; b < 100; b++) {
                    afterBinary(packed(a), packed(b), 1);
                    context.execute(Mnemonic.DAA);
                    assertThat(context.get(GeneralRegister.RAX))
                            .as("%d + %d", a, b)
                            .isEqualTo(0x1122_3344_5566_7700L | packed((a + b) % 100));
                    assertThat(context.cpu().flag(Rflags.CF)).isEqualTo(a + b > 99);
                }
            }
        }

        @Test
        @DisplayName("make the decimal difference of any two packed numbers, and CF its borrow")
        void differences() {
            for (int a = 0; a < 100; a++) {
                for (int b = 0; b < 100; b++) {
                    afterBinary(packed(a), packed(b), -1);
                    context.execute(Mnemonic.DAS);
                    assertThat(context.get(GeneralRegister.RAX))
                            .as("%d - %d", a, b)
                            .isEqualTo(0x1122_3344_5566_7700L | packed((a - b + 100) % 100));
                    assertThat(context.cpu().flag(Rflags.CF)).isEqualTo(a < b);
                }
            }
        }

        /** The examples of Intel SDM Vol. 2A, DAA and DAS, and the corners between their two conditions. */
        @ParameterizedTest(name = "{0} of AL = {1} with CF {2} and AF {3}")
        @CsvSource({
            "DAA, 0xae, false, false, 0x14, true, true",
            "DAA, 0x2e, false, false, 0x34, false, true",
            "DAA, 0x9a, false, false, 0x00, true, true",
            "DAA, 0x00, true, true, 0x66, true, true",
            "DAA, 0x99, false, false, 0x99, false, false",
            "DAS, 0xee, false, false, 0x88, true, true",
            "DAS, 0x05, false, true, 0xff, true, true",
            "DAS, 0x05, true, false, 0xa5, true, false",
            "DAS, 0x06, false, true, 0x00, false, true",
            "DAS, 0x9a, false, false, 0x34, true, true"
        })
        void examples(
                Mnemonic mnemonic, int before, boolean cf, boolean af, int after, boolean cfAfter, boolean afAfter) {
            context.set(GeneralRegister.RAX, before);
            context.cpu().setRflags((cf ? Rflags.CF : 0) | (af ? Rflags.AF : 0));
            context.execute(mnemonic);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(after);
            assertThat(context.cpu().flag(Rflags.CF)).isEqualTo(cfAfter);
            assertThat(context.cpu().flag(Rflags.AF)).isEqualTo(afAfter);
            assertThat(context.cpu().flag(Rflags.ZF)).isEqualTo(after == 0);
            assertThat(context.cpu().flag(Rflags.SF)).isEqualTo(after > 0x7f);
            assertThat(context.cpu().flag(Rflags.PF)).isEqualTo(Integer.bitCount(after) % 2 == 0);
        }
    }

    @Nested
    @DisplayName("AAA and AAS")
    class Unpacked {

        @ParameterizedTest(name = "{0} of AX = {1} with AF {2}")
        @CsvSource({
            "AAA, 0x0005, false, 0x0005, false",
            "AAA, 0x000b, false, 0x0101, true",
            "AAA, 0x0002, true, 0x0108, true",
            "AAA, 0x02fb, false, 0x0401, true",
            "AAA, 0xff45, false, 0xff05, false",
            "AAS, 0x0205, false, 0x0205, false",
            "AAS, 0x02fe, true, 0x0108, true",
            "AAS, 0x0002, true, 0xfe0c, true",
            "AAS, 0x0344, false, 0x0304, false"
        })
        void adjusts(Mnemonic mnemonic, int before, boolean af, int after, boolean carries) {
            context.set(GeneralRegister.RAX, 0x1234_0000L | before);
            context.cpu().setRflags(af ? Rflags.AF : Rflags.CF);
            context.execute(mnemonic);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x1234_0000L | after);
            assertThat(context.cpu().flag(Rflags.CF)).isEqualTo(carries);
            assertThat(context.cpu().flag(Rflags.AF)).isEqualTo(carries);
        }
    }

    @Nested
    @DisplayName("AAM and AAD")
    class Bases {

        @Test
        @DisplayName("AAM divides AL by the base, AAD takes it back")
        void thereAndBack() {
            for (int base = 1; base < 256; base++) {
                for (int value = 0; value < 256; value++) {
                    context.set(GeneralRegister.RAX, 0xffff_0000L | value);
                    context.execute(Mnemonic.AAM, immediate(base, 1));
                    assertThat(context.get(GeneralRegister.RAX))
                            .isEqualTo(0xffff_0000L | value / base << 8 | value % base);
                    assertThat(context.cpu().flag(Rflags.ZF)).isEqualTo(value % base == 0);
                    assertThat(context.cpu().flag(Rflags.SF)).isEqualTo(value % base > 127);
                    context.execute(Mnemonic.AAD, immediate(base, 1));
                    assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xffff_0000L | value);
                    assertThat(context.cpu().flag(Rflags.PF)).isEqualTo(Integer.bitCount(value) % 2 == 0);
                }
            }
        }

        @Test
        @DisplayName("AAM by 0 raises #DE and changes nothing")
        void divideByZero() {
            context.set(GeneralRegister.RAX, 0x1234);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.execute(Mnemonic.AAM, immediate(0, 1)))
                    .matches(fault -> fault.vector() == ExceptionVector.DE);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x1234);
        }
    }
}
