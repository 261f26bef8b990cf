package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.state.Rflags;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Source: Intel SDM Vol. 2, the instructions' pages. */
@DisplayName("One flag, one width:")
class ArithmeticEdgesTest {

    private final TestContext context = new TestContext();

    @Test
    @DisplayName("CMP and TEST are as wide as their first operand")
    void compareWidth() {
        context.set(GeneralRegister.RAX, 0x181);
        context.execute(Mnemonic.CMP, register(GeneralRegister.RAX, 8), immediate(1, 1));
        assertThat(context.cpu().flag(Rflags.SF)).isFalse();
        context.set(GeneralRegister.RAX, 0x101);
        context.execute(Mnemonic.CMP, register(GeneralRegister.RAX, 8), immediate(1, 1));
        assertThat(context.cpu().flag(Rflags.ZF)).isFalse();
        context.set(GeneralRegister.RAX, 0x180);
        context.execute(Mnemonic.TEST, register(GeneralRegister.RAX, 8), immediate(0x180, 1));
        assertThat(context.cpu().flag(Rflags.SF)).isFalse();
    }

    @Test
    @DisplayName("INTO asks OF alone")
    void overflow() {
        context.cpu().setRflags(0x7d7 & ~Rflags.OF);
        context.execute(Mnemonic.INTO);
        assertThat(context.raised).isEmpty();
        context.cpu().setRflags(2 | Rflags.OF);
        context.execute(Mnemonic.INTO);
        assertThat(context.raised).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"ADCX", "ADOX"})
    @DisplayName("ADCX carries through CF alone, ADOX through OF alone")
    void carriesThroughOneFlag(Mnemonic mnemonic) {
        SplittableRandom random = new SplittableRandom(11);
        long own = mnemonic == Mnemonic.ADCX ? Rflags.CF : Rflags.OF;
        for (int i = 0; i < 300; i++) {
            int size = random.nextBoolean() ? 4 : 8;
            long a = Width.zeroExtend(random.nextBoolean() ? -1 : random.nextLong(), size);
            long b = Width.zeroExtend(random.nextInt(3) == 0 ? 0 : random.nextLong(), size);
            long before = Rflags.ALWAYS_ONE | random.nextInt(0x1000) & Rflags.STATUS;
            context.set(GeneralRegister.RAX, a);
            context.set(GeneralRegister.RBX, b);
            context.cpu().setRflags(before);
            context.execute(mnemonic, register(GeneralRegister.RAX, size), register(GeneralRegister.RBX, size));
            BigInteger sum = new BigInteger(Long.toUnsignedString(a))
                    .add(new BigInteger(Long.toUnsignedString(b)))
                    .add(BigInteger.valueOf((before & own) != 0 ? 1 : 0));
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(Width.zeroExtend(sum.longValue(), size));
            long carry = sum.testBit(8 * size) ? own : 0;
            assertThat(context.cpu().rflags()).isEqualTo(before & ~own | carry);
        }
    }

    @ParameterizedTest(name = "{0} + {1}")
    @CsvSource({"0xff, 0x1, 0x55", "0x7f, 0x1, 0x890", "0x80, 0x80, 0x845", "0x3, 0x2, 0x0", "0xf, 0x1, 0x10"})
    @DisplayName("XADD sets the flags of the sum")
    void exchangeAndAdd(String a, String b, String flags) {
        context.set(GeneralRegister.RAX, Long.decode(a));
        context.set(GeneralRegister.RBX, Long.decode(b));
        context.execute(Mnemonic.XADD, register(GeneralRegister.RAX, 1), register(GeneralRegister.RBX, 1));
        long parity = Long.bitCount(Long.decode(a) + Long.decode(b) & 0xff) % 2 == 0 ? Rflags.PF : 0;
        long expected = Long.decode(flags) & ~Rflags.PF | parity;
        assertThat(context.cpu().rflags() & Rflags.STATUS).isEqualTo(expected);
        assertThat(context.get(GeneralRegister.RBX)).isEqualTo(Long.decode(a));
    }

    @ParameterizedTest(name = "{0}: memory {1}:{2}")
    @CsvSource({
        "CMPXCHG16B, 5, 6, true",
        "CMPXCHG16B, 5, 7, false",
        "CMPXCHG16B, 4, 6, false",
        "CMPXCHG16B, 4, 7, false",
        "CMPXCHG8B, 5, 6, true",
        "CMPXCHG8B, 5, 7, false",
        "CMPXCHG8B, 4, 6, false"
    })
    @DisplayName("CMPXCHG8B and CMPXCHG16B compare both halves and change ZF alone")
    void compareExchange(Mnemonic mnemonic, long low, long high, boolean equal) {
        boolean wide = mnemonic == Mnemonic.CMPXCHG16B;
        int half = wide ? 8 : 4;
        long above = wide ? 0 : 0xabcd_ef12_0000_0000L;
        for (long before : new long[] {Rflags.ALWAYS_ONE, Rflags.ALWAYS_ONE | Rflags.STATUS}) {
            context.poke(0x2000, half, low);
            context.poke(0x2000 + half, half, high);
            context.set(GeneralRegister.RAX, above | 5);
            context.set(GeneralRegister.RDX, above | 6);
            context.set(GeneralRegister.RBX, above | 0xb);
            context.set(GeneralRegister.RCX, above | 0xc);
            context.cpu().setRflags(before);
            context.makeReadOnly(0x2000 + 2L * half);
            context.execute(mnemonic, memory(0x2000, 2 * half));
            assertThat(context.cpu().rflags()).isEqualTo(before & ~Rflags.ZF | (equal ? Rflags.ZF : 0));
            assertThat(context.peek(0x2000, half)).isEqualTo(equal ? 0xb : low);
            assertThat(context.peek(0x2000 + half, half)).isEqualTo(equal ? 0xc : high);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(equal ? above | 5 : low);
            assertThat(context.get(GeneralRegister.RDX)).isEqualTo(equal ? above | 6 : high);
        }
    }

    @ParameterizedTest(name = "{0} with flags {1}: jumps {2}")
    @CsvSource({"LOOPE, 0x03, false", "LOOPE, 0x42, true", "LOOPNE, 0x03, true", "LOOPNE, 0x42, false"})
    @DisplayName("LOOPE and LOOPNE ask ZF alone")
    void loops(Mnemonic mnemonic, String flags, boolean jumps) {
        context.set(GeneralRegister.RCX, 2);
        context.cpu().setRflags(Long.decode(flags));
        context.executeSized(mnemonic, 8, new RelativeOperand(0x10, 1));
        assertThat(context.cpu().rip()).isEqualTo(jumps ? TestContext.NEXT_RIP + 0x10 : TestContext.RIP);
    }

    @Test
    @DisplayName("a near RET without an operand releases nothing; near branches are 64 bits wide in 64-bit mode")
    void nearTransfers() {
        context.poke(0x8000, 8, 0x5000);
        context.executeSized(Mnemonic.RET, 8);
        assertThat(context.cpu().rsp()).isEqualTo(0x8008);
        context.executeSized(Mnemonic.JMP, 4, new RelativeOperand(0x7fff_0000_0000L, 4));
        assertThat(context.cpu().rip()).isEqualTo(TestContext.NEXT_RIP + 0x7fff_0000_0000L);
    }

    @Test
    @DisplayName("BSWAP of 16 bits gives 0 and leaves the rest")
    void swapOf16Bits() {
        context.set(GeneralRegister.RAX, 0x1122_3344_5566_7788L);
        context.execute(Mnemonic.BSWAP, register(GeneralRegister.RAX, 2));
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x1122_3344_5566_0000L);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"CWD, 2, 0x1111111111110000", "CDQ, 4, 0", "CQO, 8, 0"})
    @DisplayName("CWD, CDQ and CQO of a positive number clear RDX, as far as they reach")
    void positive(Mnemonic mnemonic, int size, String rdx) {
        context.set(GeneralRegister.RAX, 0x7182_8384_7586_7788L);
        context.set(GeneralRegister.RDX, 0x1111_1111_1111_1111L);
        context.executeSized(mnemonic, size);
        assertThat(context.get(GeneralRegister.RDX)).isEqualTo(Long.decode(rdx));
    }
}
