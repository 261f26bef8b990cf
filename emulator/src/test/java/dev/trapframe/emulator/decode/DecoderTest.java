package dev.trapframe.emulator.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The decoder in 64-bit mode")
class DecoderTest {

    private static final int RSP_BIT = 1 << 4;
    private static final int FLAGS_BIT = 1 << InstructionForm.RFLAGS_BIT;

    private final Decoder decoder = new Decoder();

    private DecodeResult decode(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        return decoder.decode(index -> bytes[index], CodeMode.LONG_64);
    }

    private Instruction instruction(String hex) {
        DecodeResult result = decode(hex);
        assertThat(result).as(hex).isInstanceOf(DecodeResult.Decoded.class);
        return ((DecodeResult.Decoded) result).instruction();
    }

    @Nested
    @DisplayName("Operands")
    class Operands {

        @Test
        @DisplayName("mov %rsp, %rdi has its destination first")
        void destinationFirst() {
            Instruction mov = instruction("48 89 e7");

            assertThat(mov.mnemonic()).isEqualTo(Mnemonic.MOV);
            assertThat(mov.lengthBytes()).isEqualTo(3);
            assertThat(mov.operandSizeBytes()).isEqualTo(8);
            assertThat(mov.operands())
                    .containsExactly(
                            new RegisterOperand(GeneralRegister.RDI, 8, false),
                            new RegisterOperand(GeneralRegister.RSP, 8, false));
        }

        @Test
        @DisplayName("gs with a RIP-relative address keeps both")
        void gsRipRelative() {
            Instruction mov = instruction("65 48 8b 25 10 00 00 00");

            assertThat(mov.operand(1))
                    .isEqualTo(new MemoryOperand(SegmentRegister.GS, null, null, 1, 0x10, true, 8, 8));
        }

        @Test
        @DisplayName("a base of RSP or RBP selects SS, R12 and R13 do not")
        void defaultSegments() {
            assertThat(instruction("8b 04 24").operand(1))
                    .isEqualTo(new MemoryOperand(SegmentRegister.SS, GeneralRegister.RSP, null, 1, 0, false, 8, 4));
            assertThat(instruction("41 8b 45 f8").operand(1))
                    .isEqualTo(new MemoryOperand(SegmentRegister.DS, GeneralRegister.R13, null, 1, -8, false, 8, 4));
        }

        @Test
        @DisplayName("ES, CS, SS and DS overrides are ignored, FS and GS count wherever they stand")
        void ignoredOverrides() {
            assertThat(((MemoryOperand) instruction("2e 8b 00").operand(1)).segment())
                    .isEqualTo(SegmentRegister.DS);
            assertThat(((MemoryOperand) instruction("64 2e 8b 00").operand(1)).segment())
                    .isEqualTo(SegmentRegister.FS);
        }

        @Test
        @DisplayName("REX selects SPL instead of AH")
        void highBytes() {
            assertThat(instruction("88 e0").operand(1)).isEqualTo(new RegisterOperand(GeneralRegister.RAX, 1, true));
            assertThat(instruction("40 88 e0").operand(1))
                    .isEqualTo(new RegisterOperand(GeneralRegister.RSP, 1, false));
        }

        @Test
        @DisplayName("an immediate byte of a 64-bit PUSH is sign-extended, of a shift it is not")
        void immediates() {
            assertThat(instruction("6a 91").operand(0)).isEqualTo(new ImmediateOperand(0xffff_ffff_ffff_ff91L, 8));
            assertThat(instruction("48 c1 e0 ff").operand(1)).isEqualTo(new ImmediateOperand(0xff, 1));
        }

        @Test
        @DisplayName("67 makes addresses 32 bits wide, also of string instructions")
        void addressSize() {
            assertThat(((MemoryOperand) instruction("67 8b 00").operand(1)).addressSizeBytes())
                    .isEqualTo(4);
            Instruction movs = instruction("67 f3 48 a5");
            assertThat(movs.mnemonic()).isEqualTo(Mnemonic.MOVSQ);
            assertThat(movs.addressSizeBytes()).isEqualTo(4);
            assertThat(movs.repeat()).isEqualTo(RepeatPrefix.REP);
            assertThat(movs.operandCount()).isZero();
        }

        @Test
        @DisplayName("near branches stay 64 bits wide with 66 before them")
        void nearBranches() {
            Instruction call = instruction("66 e8 04 03 02 01");
            assertThat(call.operandSizeBytes()).isEqualTo(8);
            assertThat(call.operand(0)).isEqualTo(new RelativeOperand(0x01020304, 4));
        }

        @Test
        @DisplayName("MOV to a control register takes any ModRM.mod")
        void controlRegister() {
            assertThat(instruction("0f 22 1f").operands())
                    .containsExactly(new ControlRegisterOperand(3), new RegisterOperand(GeneralRegister.RDI, 8, false));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "90, NOP",
        "48 90, NOP",
        "41 90, XCHG",
        "66 90, XCHG",
        "f3 90, PAUSE",
        "f3 41 90, XCHG",
        "f3 0f 1e fa, ENDBR64",
        "0f 1e fa, NOP",
        "0f 01 f8, SWAPGS",
        "0f 01 ca, CLAC",
        "f3 0f 01 ca, ERETU",
        "f2 0f 01 ca, ERETS",
        "f3 48 0f ae c0, RDFSBASE",
        "0f ae e8, LFENCE",
        "0f ae ef, LFENCE",
        "0f ae 28, XRSTOR",
        "48 0f 07, SYSRET",
        "48 cf, IRETQ",
        "cf, IRETD",
        "66 cf, IRET",
        "e3 00, JRCXZ",
        "67 e3 00, JECXZ",
        "f3 0f bc c0, TZCNT",
        "0f bc c0, BSF",
        "66 f3 0f b8 c0, POPCNT",
        "0f c7 08, CMPXCHG8B",
        "48 0f c7 08, CMPXCHG16B",
        "0f c7 f0, RDRAND",
        "48 98, CDQE",
        "48 63 c0, MOVSXD",
        "0f 1f 00, NOP",
        "f2 0f 38 f0 c0, CRC32",
        "0f 38 f0 00, MOVBE",
        "66 0f 38 82 00, INVPCID",
        "cb, RET_FAR",
        "ff 28, JMP_FAR"
    })
    @DisplayName("prefixes, REX and ModRM choose among forms that share an opcode")
    void choosesForm(String hex, Mnemonic mnemonic) {
        assertThat(instruction(hex).mnemonic()).isEqualTo(mnemonic);
    }

    @ParameterizedTest
    @CsvSource({
        "66 0f 07, SYSRET, 4",
        "66 0f 35, SYSEXIT, 4",
        "66 f3 0f ae c0, RDFSBASE, 4",
        "66 f3 0f ae da, WRGSBASE, 4",
        "66 f3 0f ae e8, INCSSPD, 4",
        "66 f3 0f 1e c8, RDSSPD, 4",
        "66 48 0f c7 f0, RDRAND, 8",
        "f2 90, NOP, 4",
        "f2 48 90, NOP, 8",
        "f2 f0 0f c7 08, CMPXCHG8B, 4",
        "f3 48 0f c7 08, CMPXCHG16B, 8",
        "66 0f c7 08, CMPXCHG8B, 2",
        "f3 0f 0d 08, PREFETCHW, 4",
        "f2 0f 09, WBINVD, 4"
    })
    @DisplayName("66, F2 and F3 change nothing where they select neither a form nor a size")
    void ignoredPrefixes(String hex, Mnemonic mnemonic, int operandSizeBytes) {
        Instruction instruction = instruction(hex);
        assertThat(instruction.mnemonic()).isEqualTo(mnemonic);
        assertThat(instruction.operandSizeBytes()).isEqualTo(operandSizeBytes);
        assertThat(instruction.lengthBytes()).isEqualTo((hex.length() + 1) / 3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "66 0f c3 00",
                "f2 0f c3 00",
                "66 48 0f c3 00",
                "66 0f ae 00",
                "f2 0f ae 00",
                "66 48 0f ae 20",
                "66 0f 01 c8",
                "f3 0f 01 c9",
                "66 0f 01 cb",
                "66 0f 01 d0",
                "f2 0f 01 d1",
                "66 0f ae f8",
                "f2 0f c7 18",
                "66 0f c7 20",
                "66 48 0f c7 28"
            })
    @DisplayName("66, F2 and F3 are not allowed where the manual says NP, with REX.W or without")
    void prefixNotAllowed(String hex) {
        assertThat(decode(hex)).as(hex).isInstanceOf(DecodeResult.Undefined.class);
    }

    @ParameterizedTest
    @CsvSource({"66 63 c1, 2", "63 c1, 4", "48 63 c1, 8", "66 48 63 c1, 8"})
    @DisplayName("66 selects 16 bits of MOVSXD, unless REX.W is there")
    void movsxd(String hex, int operandSizeBytes) {
        assertThat(instruction(hex).operandSizeBytes()).isEqualTo(operandSizeBytes);
    }

    @ParameterizedTest
    @CsvSource({
        "0f 20 c0, 4, 3",
        "66 0f 20 c0, 4, 4",
        "66 0f 01 10, 2, 4",
        "0f 01 10, 4, 3",
        "66 79 10, 2, 3",
        "66 e2 10, 2, 3"
    })
    @DisplayName("in 32-bit code 66 changes nothing of a control register and selects the 24-bit base of LGDT")
    void prefixes32(String hex, int operandSizeBytes, int lengthBytes) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        DecodeResult result = decoder.decode(index -> bytes[index], CodeMode.CODE_32);
        assertThat(result).as(hex).isInstanceOf(DecodeResult.Decoded.class);
        Instruction instruction = ((DecodeResult.Decoded) result).instruction();
        assertThat(instruction.operandSizeBytes()).isEqualTo(operandSizeBytes);
        assertThat(instruction.lengthBytes()).isEqualTo(lengthBytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "06", "27", "37", "60", "9a 00 00 00 00 00 00", "d6", "ea 00 00 00 00 00 00", "82 c0 00", "ff f8",
                "fe d0", "0f 04", "0f 0a", "0f 20 c8", "0f 22 e8", "44 0f 20 c8", "44 0f 21 c0", "8e c8", "8e f0",
                "8c f8", "8d c0", "c6 48 00", "8f c8", "0f c7 c8", "0f 01 c6", "0f ba c0 00", "f3 0f ae 00"
            })
    @DisplayName("reserved encodings and those that are not valid in 64-bit mode are undefined")
    void undefined(String hex) {
        String padded = hex + " 00 00 00 00 00 00 00 00";
        assertThat(decode(padded)).as(hex).isInstanceOf(DecodeResult.Undefined.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"62 f1 7c 48 58 c0", "62 f3 75 48 42 d3 07"})
    @DisplayName("defined encodings without a row are not emulated")
    void notEmulated(String hex) {
        assertThat(decode(hex)).isInstanceOf(DecodeResult.NotEmulated.class);
    }

    @Nested
    @DisplayName("LOCK")
    class Lock {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "f0 01 00",
                    "f0 83 00 01",
                    "f0 0f b1 08",
                    "f0 0f c7 08",
                    "f0 0f ab 00",
                    "f0 0f ba 28 01",
                    "f0 86 00",
                    "f0 ff 00",
                    "f0 f7 10",
                    "f0 0f c1 00"
                })
        @DisplayName("is legal where the manual lists it, with a memory destination")
        void legal(String hex) {
            assertThat(instruction(hex).lock()).isTrue();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "f0 01 c0",
                    "f0 03 00",
                    "f0 89 00",
                    "f0 90",
                    "f0 39 00",
                    "f0 0f a3 00",
                    "f0 f6 00 00",
                    "f0 0f ba 20 00",
                    "f0 cf",
                    "f0 0f 28 00",
                    "f0 d9 00",
                    "f0 c5 f8 77",
                    "f0 6a 00"
                })
        @DisplayName("is undefined elsewhere")
        void illegal(String hex) {
            assertThat(decode(hex)).isInstanceOf(DecodeResult.Undefined.class);
        }
    }

    @Nested
    @DisplayName("Prefixes and length")
    class Length {

        @Test
        @DisplayName("a REX prefix that is not last is ignored")
        void rexNotLast() {
            assertThat(instruction("48 66 89 c0").operandSizeBytes()).isEqualTo(2);
        }

        @Test
        @DisplayName("fifteen bytes are an instruction, sixteen are not")
        void fifteenBytes() {
            assertThat(instruction("66 ".repeat(14) + "90").lengthBytes()).isEqualTo(15);
            assertThat(decode("66 ".repeat(15) + "90")).isInstanceOf(DecodeResult.TooLong.class);
            assertThat(decode("66 ".repeat(10) + "81 80 00 00 00 00 00 00")).isInstanceOf(DecodeResult.TooLong.class);
        }

        @Test
        @DisplayName("a VEX encoding after 66, F2, F3 or REX is undefined")
        void vexAfterPrefix() {
            for (String prefix : new String[] {"66", "f2", "f3", "48"}) {
                assertThat(decode(prefix + " c5 f8 77")).isInstanceOf(DecodeResult.Undefined.class);
            }
        }

        @Test
        @DisplayName("no byte after the instruction is fetched, and a fault on fetch comes through")
        void fetchesLazily() {
            byte[] code = HexFormat.of().parseHex("48c7c0");
            CodeBytes untilFault = index -> {
                if (index >= code.length) throw new Fault(ExceptionVector.PF, 0x10);
                return code[index];
            };
            assertThatThrownBy(() -> decoder.decode(untilFault, CodeMode.LONG_64))
                    .isInstanceOf(Fault.class);
            assertThat(instruction("c3").lengthBytes()).isEqualTo(1);
        }

        @Test
        @DisplayName("random bytes always come to an end")
        void randomBytes() {
            Random random = new Random(20201217);
            byte[] bytes = new byte[Decoder.MAX_LENGTH_BYTES];
            for (int i = 0; i < 200_000; i++) {
                random.nextBytes(bytes);
                for (CodeMode mode : CodeMode.values()) {
                    DecodeResult result = decoder.decode(index -> bytes[index], mode);
                    if (result instanceof DecodeResult.Decoded decoded) {
                        assertThat(decoded.instruction().lengthBytes()).isBetween(1, Decoder.MAX_LENGTH_BYTES);
                        decoded.instruction().registersRead();
                    }
                }
            }
        }
    }

    static Stream<Arguments> registersRead() {
        return Stream.of(
                Arguments.of("48 01 c8", 0b11),
                Arguments.of("31 c0", 0),
                Arguments.of("66 31 c0", 1),
                Arguments.of("b8 01 00 00 00", 0),
                Arguments.of("b0 01", 1),
                Arguments.of("48 8b 44 8b 08", 0b1010),
                Arguments.of("50", 1 | RSP_BIT),
                Arguments.of("74 00", FLAGS_BIT),
                Arguments.of("0f 30", 0b111),
                Arguments.of("48 8d 04 0a", 0b110),
                Arguments.of("f3 a4", 0b11000010 | FLAGS_BIT));
    }

    @ParameterizedTest
    @MethodSource("registersRead")
    @DisplayName("an instruction tells the registers its result depends on")
    void tellsRegistersRead(String hex, int mask) {
        assertThat(instruction(hex).registersRead()).isEqualTo(mask);
    }
}
