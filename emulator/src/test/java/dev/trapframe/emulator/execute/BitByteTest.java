package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.state.Rflags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Bit and byte instructions")
class BitByteTest {

    private final TestContext context = new TestContext();

    @Nested
    @DisplayName("BT, BTS, BTR, BTC")
    class BitTest {

        @ParameterizedTest(name = "{0} of a register takes the bit number modulo the width")
        @CsvSource({"BT, 9, true", "BTS, 9, true", "BTR, 1, true", "BTC, 1, true"})
        void modulo(Mnemonic mnemonic, long after, boolean carry) {
            context.set(GeneralRegister.RAX, 9);
            context.execute(mnemonic, register(GeneralRegister.RAX, 4), immediate(0x23, 1));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(after);
            assertThat(context.cpu().flag(Rflags.CF)).isEqualTo(carry);
        }

        @ParameterizedTest(name = "{0} bytes: a bit number in a register reaches signed beyond the memory operand")
        @ValueSource(ints = {2, 4, 8})
        void bitString(int size) {
            Random random = new Random(64);
            for (int i = 0; i < 200; i++) {
                long bit = random.nextInt(4000) - 2000;
                long address = 0x2000 + Math.floorDiv(bit, 8);
                int mask = 1 << Math.floorMod(bit, 8);
                long before = context.peek(address, 1);
                context.set(GeneralRegister.RCX, Width.zeroExtend(bit, size));
                context.execute(Mnemonic.BTC, memory(0x2000, size), register(GeneralRegister.RCX, size));
                assertThat(context.peek(address, 1)).as("bit %d", bit).isEqualTo(before ^ mask);
                assertThat(context.cpu().flag(Rflags.CF)).as("bit %d", bit).isEqualTo((before & mask) != 0);
            }
        }

        @Test
        @DisplayName("an immediate bit number stays inside the memory operand")
        void immediateStaysInside() {
            context.execute(Mnemonic.BTS, memory(0x2000, 2), immediate(0xff, 1));
            assertThat(context.peek(0x2000, 8)).isEqualTo(0x8000);
        }

        @Test
        @DisplayName("flags other than CF stay; BT reads, BTR faults as a write")
        void flagsAndFaults() {
            context.makeReadOnly(0x2000);
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.STATUS);
            context.execute(Mnemonic.BT, memory(0x2000, 8), immediate(3, 1));
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.STATUS & ~Rflags.CF);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.execute(Mnemonic.BTR, memory(0x2000, 8), immediate(3, 1)));
        }
    }

    @Nested
    @DisplayName("BSF, BSR, TZCNT, LZCNT, POPCNT")
    class Scans {

        @ParameterizedTest(name = "{0} of {2} with {1} bytes is {3}")
        @CsvSource({
            "BSF, 4, 0x80008000, 15, false, false",
            "BSR, 4, 0x80008000, 31, false, false",
            "BSR, 8, 0x80008000, 31, false, false",
            "TZCNT, 2, 0x8000, 15, false, false",
            "TZCNT, 2, 0x10000, 16, false, true",
            "TZCNT, 8, 1, 0, true, false",
            "LZCNT, 4, 1, 31, false, false",
            "LZCNT, 2, 0x8000, 0, true, false",
            "LZCNT, 8, 0, 64, false, true",
            "POPCNT, 4, 0xf0f0, 8, false, false",
            "POPCNT, 8, 0, 0, true, false"
        })
        void counts(Mnemonic mnemonic, int size, String source, long expected, boolean zero, boolean carry) {
            context.set(GeneralRegister.RBX, Long.decode(source));
            context.set(GeneralRegister.RAX, -1);
            context.cpu().setRflags(Rflags.ALWAYS_ONE);
            context.execute(mnemonic, register(GeneralRegister.RAX, size), register(GeneralRegister.RBX, size));
            assertThat(Width.zeroExtend(context.get(GeneralRegister.RAX), size)).isEqualTo(expected);
            assertThat(context.cpu().flag(Rflags.ZF)).isEqualTo(zero);
            assertThat(context.cpu().flag(Rflags.CF)).isEqualTo(carry);
        }

        @Test
        @DisplayName("BSF and BSR of zero set ZF and leave the destination whole")
        void scanOfZero() {
            context.set(GeneralRegister.RAX, -1);
            context.execute(Mnemonic.BSF, register(GeneralRegister.RAX, 4), register(GeneralRegister.RBX, 4));
            context.execute(Mnemonic.BSR, register(GeneralRegister.RAX, 4), register(GeneralRegister.RBX, 4));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(-1);
            assertThat(context.cpu().flag(Rflags.ZF)).isTrue();
        }

        @ParameterizedTest(name = "{0} of {1}: {2}, ZF {3}")
        @CsvSource({
            "BSF, 0, -1, true",
            "BSF, 1, 0, false",
            "BSF, 0x50, 4, false",
            "BSR, 0, -1, true",
            "BSR, 1, 0, false",
            "BSR, 0x50, 6, false"
        })
        @DisplayName("BSF and BSR write ZF alone")
        void scanFlags(Mnemonic mnemonic, String source, long expected, boolean zero) {
            for (long before : new long[] {Rflags.ALWAYS_ONE, Rflags.ALWAYS_ONE | Rflags.STATUS}) {
                context.set(GeneralRegister.RAX, -1);
                context.set(GeneralRegister.RBX, Long.decode(source));
                context.cpu().setRflags(before);
                context.execute(mnemonic, register(GeneralRegister.RAX, 8), register(GeneralRegister.RBX, 8));
                assertThat(context.get(GeneralRegister.RAX)).isEqualTo(expected);
                assertThat(context.cpu().rflags()).isEqualTo(before & ~Rflags.ZF | (zero ? Rflags.ZF : 0));
            }
        }

        @Test
        @DisplayName("POPCNT clears the other flags")
        void popcntFlags() {
            context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.STATUS);
            context.set(GeneralRegister.RBX, 1);
            context.execute(Mnemonic.POPCNT, register(GeneralRegister.RAX, 8), register(GeneralRegister.RBX, 8));
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE);
        }
    }

    @Nested
    @DisplayName("CRC32")
    class Checksum {

        @ParameterizedTest(name = "{0} bytes agree with java.util.zip.CRC32C")
        @ValueSource(ints = {1, 2, 4, 8})
        void agrees(int size) {
            long data = 0x0123_4567_89ab_cdefL;
            byte[] bytes = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(data)
                    .array();
            CRC32C expected = new CRC32C();
            expected.update(bytes, 0, size);
            context.set(GeneralRegister.RBX, data);
            context.set(GeneralRegister.RAX, -1);
            context.execute(Mnemonic.CRC32, register(GeneralRegister.RAX, 8), register(GeneralRegister.RBX, size));
            assertThat(~context.get(GeneralRegister.RAX) & 0xffff_ffffL).isEqualTo(expected.getValue());
            assertThat(context.get(GeneralRegister.RAX) >>> 32).as("upper half").isZero();
        }
    }
}
