package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.highByte;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Data transfer")
class DataTransferTest {

    private static final long VALUE = 0x8182_8384_8586_8788L;

    private final TestContext context = new TestContext();

    @Nested
    @DisplayName("MOV, MOVZX, MOVSX, MOVSXD, MOVNTI")
    class Moves {

        @Test
        @DisplayName("high bytes and low bytes of one register")
        void highBytes() {
            context.set(GeneralRegister.RBX, 0x1234);
            context.execute(Mnemonic.MOV, highByte(GeneralRegister.RAX), register(GeneralRegister.RBX, 1));
            context.execute(Mnemonic.MOV, register(GeneralRegister.RAX, 1), highByte(GeneralRegister.RBX));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x3412);
        }

        @ParameterizedTest(name = "{0} from {1} to {2} bytes")
        @CsvSource({
            "MOVZX, 1, 2, 88",
            "MOVZX, 2, 8, 8788",
            "MOVSX, 1, 4, ffffff88",
            "MOVSX, 2, 8, ffffffffffff8788",
            "MOVSXD, 4, 8, ffffffff85868788",
            "MOVSXD, 4, 4, 85868788",
            "MOVNTI, 8, 8, 8182838485868788"
        })
        void widens(Mnemonic mnemonic, int from, int to, String expected) {
            context.poke(0x2000, 8, VALUE);
            context.execute(mnemonic, register(GeneralRegister.RDI, to), memory(0x2000, from));
            assertThat(Long.toHexString(context.get(GeneralRegister.RDI))).isEqualTo(expected);
        }
    }

    @Nested
    @DisplayName("CMOVcc")
    class ConditionalMove {

        @Test
        @DisplayName("clears the upper half of a 32-bit destination even if it does not move")
        void clearsUpperHalf() {
            context.set(GeneralRegister.RAX, VALUE);
            context.cpu().setRflags(Rflags.ALWAYS_ONE);
            context.execute(Mnemonic.CMOVE, register(GeneralRegister.RAX, 4), register(GeneralRegister.RBX, 4));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x8586_8788L);
            context.execute(Mnemonic.CMOVNE, register(GeneralRegister.RAX, 2), register(GeneralRegister.RBX, 2));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x8586_0000L);
        }

        @Test
        @DisplayName("reads its source, and faults, even if it does not move")
        void reads() {
            context.makeAbsent(0x2000);
            context.cpu().setRflags(Rflags.ALWAYS_ONE);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(
                            () -> context.execute(Mnemonic.CMOVE, register(GeneralRegister.RAX, 8), memory(0x2000, 8)));
        }

        @ParameterizedTest(name = "{0} under all status flags agrees with its definition")
        @ValueSource(strings = {"O", "NO", "B", "AE", "E", "NE", "BE", "A", "S", "NS", "P", "NP", "L", "GE", "LE", "G"})
        void conditions(String name) {
            Mnemonic move = Mnemonic.valueOf("CMOV" + name);
            Mnemonic set = Mnemonic.valueOf("SET" + name);
            Mnemonic jump = Mnemonic.valueOf("J" + name);
            for (int flags = 0; flags < 0x1000; flags++) {
                if ((flags & ~Rflags.STATUS) != 0) continue;
                boolean holds = isTrue(name, flags);
                context.cpu().setRflags(flags | Rflags.ALWAYS_ONE);
                context.set(GeneralRegister.RAX, 1);
                context.set(GeneralRegister.RBX, 2);
                context.execute(move, register(GeneralRegister.RAX, 8), register(GeneralRegister.RBX, 8));
                context.execute(set, register(GeneralRegister.RCX, 1));
                context.executeSized(jump, 8, new RelativeOperand(0x10, 1));
                assertThat(context.get(GeneralRegister.RAX))
                        .as("%s %x", move, flags)
                        .isEqualTo(holds ? 2 : 1);
                assertThat(context.get(GeneralRegister.RCX))
                        .as("%s %x", set, flags)
                        .isEqualTo(holds ? 1 : 0);
                assertThat(context.cpu().rip() == TestContext.NEXT_RIP + 0x10)
                        .as("%s %x", jump, flags)
                        .isEqualTo(holds);
            }
        }

        private boolean isTrue(String name, int flags) {
            boolean carry = (flags & 1) != 0;
            boolean zero = (flags & 0x40) != 0;
            boolean less = (flags & 0x80) != 0 ^ (flags & 0x800) != 0;
            return switch (name) {
                case "O" -> (flags & 0x800) != 0;
                case "NO" -> (flags & 0x800) == 0;
                case "B" -> carry;
                case "AE" -> !carry;
                case "E" -> zero;
                case "NE" -> !zero;
                case "BE" -> carry || zero;
                case "A" -> !carry && !zero;
                case "S" -> (flags & 0x80) != 0;
                case "NS" -> (flags & 0x80) == 0;
                case "P" -> (flags & 4) != 0;
                case "NP" -> (flags & 4) == 0;
                case "L" -> less;
                case "GE" -> !less;
                case "LE" -> less || zero;
                case "G" -> !less && !zero;
                default -> throw new AssertionError(name);
            };
        }
    }

    @Nested
    @DisplayName("MOVBE and BSWAP")
    class ByteOrder {

        @ParameterizedTest(name = "{0} bytes")
        @CsvSource({"2, 8887", "4, 88878685", "8, 8887868584838281"})
        void reverses(int size, String expected) {
            context.set(GeneralRegister.RAX, VALUE);
            context.execute(Mnemonic.MOVBE, memory(0x2000, size), register(GeneralRegister.RAX, size));
            assertThat(Long.toHexString(context.peek(0x2000, 8))).isEqualTo(expected);
            if (size == 2) return;
            context.execute(Mnemonic.BSWAP, register(GeneralRegister.RAX, size));
            assertThat(Long.toHexString(context.get(GeneralRegister.RAX))).isEqualTo(expected);
        }
    }

    @Nested
    @DisplayName("LEA")
    class LoadEffectiveAddress {

        @Test
        @DisplayName("adds no segment base, touches no memory, and is cut to the address size and then the operand's")
        void computes() {
            context.makeAbsent(0);
            context.set(GeneralRegister.RBX, 0xffff_ffff_ffff_0000L);
            context.set(GeneralRegister.RCX, 0x100);
            MemoryOperand wide =
                    new MemoryOperand(SegmentRegister.GS, GeneralRegister.RBX, GeneralRegister.RCX, 8, -1, false, 8, 0);
            MemoryOperand narrow =
                    new MemoryOperand(SegmentRegister.DS, GeneralRegister.RBX, GeneralRegister.RCX, 8, -1, false, 4, 0);
            context.execute(Mnemonic.LEA, register(GeneralRegister.RAX, 8), wide);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xffff_ffff_ffff_07ffL);
            context.execute(Mnemonic.LEA, register(GeneralRegister.RAX, 8), narrow);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xffff_07ffL);
            context.execute(Mnemonic.LEA, register(GeneralRegister.RAX, 2), wide);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xffff_07ffL);
        }
    }

    @Nested
    @DisplayName("CBW, CWDE, CDQE, CWD, CDQ, CQO")
    class Conversions {

        @ParameterizedTest(name = "{0}")
        @CsvSource({
            "CBW, 2, 818283848586ff88, 1111111111111111", "CWDE, 4, ffff8788, 1111111111111111",
            "CDQE, 8, ffffffff85868788, 1111111111111111", "CWD, 2, 8182838485868788, 111111111111ffff",
            "CDQ, 4, 8182838485868788, ffffffff", "CQO, 8, 8182838485868788, ffffffffffffffff"
        })
        void extendsTheSign(Mnemonic mnemonic, int size, String rax, String rdx) {
            context.set(GeneralRegister.RAX, VALUE);
            context.set(GeneralRegister.RDX, 0x1111_1111_1111_1111L);
            context.executeSized(mnemonic, size);
            assertThat(Long.toHexString(context.get(GeneralRegister.RAX))).isEqualTo(rax);
            assertThat(Long.toHexString(context.get(GeneralRegister.RDX))).isEqualTo(rdx);
        }
    }

    @Nested
    @DisplayName("XLAT")
    class TableLookup {

        @Test
        @DisplayName("adds AL unsigned to RBX, and honours the segment override")
        void looksUp() {
            context.cpu().set(MachineRegister.GS_BASE, 0x1_0000);
            context.set(GeneralRegister.RAX, 0xaaff);
            context.set(GeneralRegister.RBX, 0x2000);
            context.poke(0x20ff, 1, 0x42);
            context.poke(0x1_2042, 1, 0x43);
            context.executeSized(Mnemonic.XLAT, 1);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xaa42);
            context.execute(TestContext.instruction(Mnemonic.XLAT, 1, 8, RepeatPrefix.NONE, SegmentRegister.GS));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xaa43);
        }
    }

    @Nested
    @DisplayName("Hints")
    class Hints {

        @Test
        @DisplayName("NOP with a memory operand touches nothing; CLFLUSH faults as a read")
        void touchNothing() {
            context.makeAbsent(0x2000);
            context.execute(Mnemonic.NOP, memory(0x2000, 4));
            context.execute(Mnemonic.PREFETCHT0, memory(0x2000, 1));
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.execute(Mnemonic.CLFLUSH, memory(0x2000, 1)));
        }
    }
}
