package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Instructions of one name for each width")
class OperandWidthsTest {

    private static final long SOURCE = 0x1122_3344_5566_7788L;
    private static final long OLD = 0xffff_ffff_ffff_ffffL;

    private final TestContext context = new TestContext();

    @BeforeEach
    void pointers() {
        context.set(GeneralRegister.RSI, 0x2000);
        context.set(GeneralRegister.RDI, 0x3000);
        context.set(GeneralRegister.RDX, 0x60);
        context.poke(0x2000, 8, SOURCE);
        context.poke(0x3000, 8, OLD);
    }

    private void execute(Mnemonic mnemonic, int size) {
        context.execute(TestContext.instruction(mnemonic, size, 8, RepeatPrefix.NONE, null));
    }

    /** What is left of {@link #OLD} when its lowest bytes are replaced. */
    private static long replaced(long value, int size) {
        return size == 8 ? value : OLD << Byte.SIZE * size | Width.zeroExtend(value, size);
    }

    @ParameterizedTest(name = "{0} stores {1} bytes of RAX")
    @CsvSource({"STOSB, 1", "STOSW, 2", "STOSD, 4", "STOSQ, 8"})
    void store(Mnemonic mnemonic, int size) {
        context.set(GeneralRegister.RAX, SOURCE);
        execute(mnemonic, size);
        assertThat(context.peek(0x3000, 8)).isEqualTo(replaced(SOURCE, size));
        assertThat(context.get(GeneralRegister.RDI)).isEqualTo(0x3000 + size);
    }

    @ParameterizedTest(name = "{0} loads {1} bytes")
    @CsvSource({"LODSB, 1", "LODSW, 2", "LODSD, 4", "LODSQ, 8"})
    void load(Mnemonic mnemonic, int size) {
        context.set(GeneralRegister.RAX, OLD);
        execute(mnemonic, size);
        long wanted = size == 4 ? Width.zeroExtend(SOURCE, 4) : replaced(SOURCE, size);
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(wanted);
        assertThat(context.get(GeneralRegister.RSI)).isEqualTo(0x2000 + size);
    }

    @ParameterizedTest(name = "{0} compares {1} bytes and no more")
    @CsvSource({"CMPSB, 1", "CMPSW, 2", "CMPSD, 4", "CMPSQ, 8"})
    void compare(Mnemonic mnemonic, int size) {
        context.poke(0x3000, 8, replaced(SOURCE, size));
        execute(mnemonic, size);
        assertThat(context.cpu().rflags() & Rflags.ZF).isNotZero();
        context.set(GeneralRegister.RSI, 0x2000);
        context.set(GeneralRegister.RDI, 0x3000);
        context.poke(0x3000 + size - 1, 1, 0);
        execute(mnemonic, size);
        assertThat(context.cpu().rflags() & Rflags.ZF).isZero();
    }

    @ParameterizedTest(name = "{0} compares {1} bytes of RAX and no more")
    @CsvSource({"SCASB, 1", "SCASW, 2", "SCASD, 4", "SCASQ, 8"})
    void scan(Mnemonic mnemonic, int size) {
        context.set(GeneralRegister.RAX, SOURCE);
        context.poke(0x3000, 8, replaced(SOURCE, size));
        execute(mnemonic, size);
        assertThat(context.cpu().rflags() & Rflags.ZF).isNotZero();
        assertThat(context.get(GeneralRegister.RDI)).isEqualTo(0x3000 + size);
    }

    @ParameterizedTest(name = "{0} stores {1} bytes of the port")
    @CsvSource({"INSB, 1", "INSW, 2", "INSD, 4"})
    void input(Mnemonic mnemonic, int size) {
        context.ports.put(0x60, 0x5566_7788L);
        execute(mnemonic, size);
        assertThat(context.peek(0x3000, 8)).isEqualTo(replaced(0x5566_7788L, size));
    }

    @ParameterizedTest(name = "{0} writes {1} bytes to the port")
    @CsvSource({"OUTSB, 1", "OUTSW, 2", "OUTSD, 4"})
    void output(Mnemonic mnemonic, int size) {
        execute(mnemonic, size);
        assertThat(context.ports).containsEntry(0x60, Width.zeroExtend(SOURCE, size));
    }

    @Test
    @DisplayName("JCXZ looks at 16 bits of RCX")
    void jcxz() {
        RelativeOperand forward = new RelativeOperand(0x10, 1);
        context.set(GeneralRegister.RCX, 0x8000);
        context.execute(TestContext.instruction(Mnemonic.JCXZ, 4, 2, RepeatPrefix.NONE, null, forward));
        assertThat(context.cpu().rip()).isEqualTo(TestContext.RIP);
        context.set(GeneralRegister.RCX, 0x1_0000);
        context.execute(TestContext.instruction(Mnemonic.JCXZ, 4, 2, RepeatPrefix.NONE, null, forward));
        assertThat(context.cpu().rip()).isEqualTo(TestContext.NEXT_RIP + 0x10);
    }

    @Test
    @DisplayName("PUSHFD and POPFD move four bytes")
    void flags() {
        context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.ZF);
        context.executeSized(Mnemonic.PUSHFD, 4);
        assertThat(context.cpu().rsp()).isEqualTo(0x8000 - 4);
        assertThat(context.peek(0x8000 - 4, 4)).isEqualTo(Rflags.ALWAYS_ONE | Rflags.ZF);
        context.cpu().setRflags(Rflags.ALWAYS_ONE);
        context.executeSized(Mnemonic.POPFD, 4);
        assertThat(context.cpu().rsp()).isEqualTo(0x8000);
        assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.ZF);
    }
}
