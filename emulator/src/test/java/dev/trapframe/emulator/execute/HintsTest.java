package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Hints and fences")
class HintsTest {

    private static final long VALUE = 0x1122_3344_5566_7788L;

    private final TestContext context = new TestContext();

    private void assertNoEffect(Mnemonic mnemonic, Operand... operands) {
        for (GeneralRegister register : GeneralRegister.values()) context.set(register, VALUE + register.ordinal());
        context.cpu().setRflags(Rflags.ALWAYS_ONE | Rflags.STATUS);
        context.executeSized(mnemonic, 8, operands);
        for (GeneralRegister register : GeneralRegister.values()) {
            assertThat(context.get(register)).as("%s", register).isEqualTo(VALUE + register.ordinal());
        }
        assertThat(context.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE | Rflags.STATUS);
        assertThat(context.cpu().rip()).isEqualTo(TestContext.RIP);
    }

    @ParameterizedTest
    @EnumSource(names = {"PAUSE", "ENDBR64", "ENDBR32", "LFENCE", "MFENCE", "SFENCE", "FNOP"})
    @DisplayName("change nothing")
    void changeNothing(Mnemonic mnemonic) {
        assertNoEffect(mnemonic);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"PREFETCHNTA", "PREFETCHT0", "PREFETCHT1", "PREFETCHT2", "PREFETCHW", "PREFETCHWT1", "CLDEMOTE"})
    @DisplayName("of prefetching do not fault, whatever the address")
    void prefetch(Mnemonic mnemonic) {
        context.makeAbsent(0x2000);
        assertNoEffect(mnemonic, TestContext.memory(0x2000, 1));
    }

    @ParameterizedTest
    @EnumSource(names = {"CLFLUSH", "CLFLUSHOPT", "CLWB"})
    @DisplayName("that flush a line change no register")
    void flush(Mnemonic mnemonic) {
        assertNoEffect(mnemonic, TestContext.memory(0x2000, 1));
    }

    @ParameterizedTest
    @EnumSource(names = {"RDSSPD", "RDSSPQ"})
    @DisplayName("RDSSP is a NOP without shadow stacks")
    void readShadowStackPointer(Mnemonic mnemonic) {
        assertNoEffect(mnemonic, TestContext.register(GeneralRegister.RBX, mnemonic == Mnemonic.RDSSPD ? 4 : 8));
    }

    @Test
    @DisplayName("FNOP raises #NM with CR0.TS")
    void taskSwitched() {
        context.cpu().set(MachineRegister.CR0, context.cpu().get(MachineRegister.CR0) | Cr0.TS);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> context.executeSized(Mnemonic.FNOP, 8))
                .withMessageStartingWith("#NM");
    }
}
