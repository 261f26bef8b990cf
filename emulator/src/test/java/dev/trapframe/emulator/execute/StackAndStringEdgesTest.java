package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.immediate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Source: Intel SDM Vol. 2, the instructions' pages. */
@DisplayName("Stack and string instructions, exactly:")
class StackAndStringEdgesTest {

    private static final long TOP = 0x20_0000;

    private final TestContext context = new TestContext();

    @ParameterizedTest(name = "level {0}: RSP {1} below")
    @CsvSource({"0, 0x18", "1, 0x20", "31, 0x110", "32, 0x18", "33, 0x20", "64, 0x18"})
    @DisplayName("ENTER takes the nesting level modulo 32")
    void enter(int level, String below) {
        context.cpu().setRsp(TOP);
        context.set(GeneralRegister.RBP, TOP + 0x1000);
        context.poke(TOP - 16, 8, 0x5555);
        context.executeSized(Mnemonic.ENTER, 8, immediate(0x10, 2), immediate(level, 1));
        assertThat(context.cpu().rsp()).isEqualTo(TOP - Long.decode(below));
        assertThat(context.get(GeneralRegister.RBP)).isEqualTo(TOP - 8);
        assertThat(context.peek(TOP - 8, 8)).isEqualTo(TOP + 0x1000);
        if (level % 32 == 0) assertThat(context.peek(TOP - 16, 8)).isEqualTo(0x5555);
        else assertThat(context.peek(TOP - Long.decode(below) + 0x10, 8)).isEqualTo(TOP - 8);
    }

    private void pushAll(int size) {
        context.cpu().setSegment(SegmentRegister.CS, new Descriptor(0x10, 0, 0xffff_ffffL, 0xc09b));
        context.cpu().setSegment(SegmentRegister.SS, new Descriptor(0x18, 0, 0xffff_ffffL, 0xc093));
        for (int i = 0; i < 8; i++) context.cpu().setGeneral(i, 0x1111_1111L * (i + 1));
        context.cpu().setRsp(TOP);
        context.poke(TOP - 8L * size - 8, 8, 0x5555_5555_5555_5555L);
        context.executeSized(size == 4 ? Mnemonic.PUSHAD : Mnemonic.PUSHA, size);
    }

    @ParameterizedTest
    @CsvSource({"4", "2"})
    @DisplayName("PUSHA writes eight registers and nothing below them")
    void pusha(int size) {
        context.makeReadOnly(TOP - 8L * size - 0x10_0000);
        pushAll(size);
        for (int i = 0; i < 8; i++) {
            long value = i == 4 ? TOP : 0x1111_1111L * (i + 1);
            assertThat(context.peek(TOP - (long) size * (i + 1), size)).isEqualTo(Width.zeroExtend(value, size));
        }
        assertThat(context.peek(TOP - 8L * size - 8, 8)).isEqualTo(0x5555_5555_5555_5555L);
        assertThat(context.cpu().rsp()).isEqualTo(TOP - 8L * size);
    }

    @Test
    @DisplayName("PUSHA writes nothing if the last register would not fit")
    void pushaFaults() {
        context.makeReadOnly(TOP - 0x1f - 0x10_0000);
        assertThatExceptionOfType(Fault.class).isThrownBy(() -> pushAll(4));
        assertThat(context.peek(TOP - 4, 4)).isZero();
        assertThat(context.cpu().rsp()).isEqualTo(TOP);
    }

    private void repeated(Mnemonic mnemonic, RepeatPrefix repeat, int size) {
        context.execute(TestContext.instruction(mnemonic, size, 8, repeat, null));
    }

    @ParameterizedTest
    @EnumSource(names = {"LODSB", "STOSB", "MOVSB", "INSB", "OUTSB"})
    @DisplayName("REP of what does not compare does not look at ZF")
    void repeatIgnoresZero(Mnemonic mnemonic) {
        for (RepeatPrefix repeat : new RepeatPrefix[] {RepeatPrefix.REP, RepeatPrefix.REPNE}) {
            for (long flags : new long[] {Rflags.ALWAYS_ONE, Rflags.ALWAYS_ONE | Rflags.STATUS}) {
                context.cpu().setRflags(flags);
                context.set(GeneralRegister.RSI, 0x3000);
                context.set(GeneralRegister.RDI, 0x4000);
                context.set(GeneralRegister.RCX, 5);
                repeated(mnemonic, repeat, 1);
                boolean source = !mnemonic.name().matches("STOSB|INSB");
                boolean destination = !mnemonic.name().matches("LODSB|OUTSB");
                assertThat(context.get(GeneralRegister.RCX)).isZero();
                assertThat(context.get(GeneralRegister.RSI)).isEqualTo(source ? 0x3005 : 0x3000);
                assertThat(context.get(GeneralRegister.RDI)).isEqualTo(destination ? 0x4005 : 0x4000);
            }
        }
    }

    @ParameterizedTest(name = "flags {0}: RSI {1}")
    @CsvSource({"0x3, 0x3008", "0x402, 0x2ff8", "0x8d7, 0x3008", "0x403, 0x2ff8"})
    @DisplayName("DF alone decides the direction")
    void direction(String flags, String rsi) {
        context.cpu().setRflags(Long.decode(flags));
        context.set(GeneralRegister.RSI, 0x3000);
        repeated(Mnemonic.LODSQ, RepeatPrefix.NONE, 8);
        assertThat(context.get(GeneralRegister.RSI)).isEqualTo(Long.decode(rsi));
    }

    @Test
    @DisplayName("INS takes the port from DX, and reads it only if the write would succeed")
    void input() {
        context.ports.put(0x3f8, 0x55L);
        context.set(GeneralRegister.RDX, 0xffff_0000_0001_03f8L);
        context.set(GeneralRegister.RDI, 0x4000);
        repeated(Mnemonic.INSB, RepeatPrefix.NONE, 1);
        assertThat(context.peek(0x4000, 2)).isEqualTo(0x55);
        assertThat(context.get(GeneralRegister.RDI)).isEqualTo(0x4001);
        assertThat(context.portReads).isOne();
        context.makeReadOnly(0x4001);
        assertThatExceptionOfType(Fault.class).isThrownBy(() -> repeated(Mnemonic.INSB, RepeatPrefix.NONE, 1));
        assertThat(context.portReads).isOne();
    }
}
