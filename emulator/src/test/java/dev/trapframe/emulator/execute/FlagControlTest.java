package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Flag control")
class FlagControlTest {

    private static final long ALL_ONES = -1;
    private static final long IOPL_3 = 0x3000;

    private final TestContext context = new TestContext();

    private void execute(Mnemonic mnemonic, long rflags, int cpl) {
        context.cpu().setRflags(rflags);
        context.cpu().setCpl(cpl);
        context.executeSized(mnemonic, 8);
    }

    @ParameterizedTest(name = "{0} turns {1} into {2}")
    @CsvSource({
        "CLC, 3, 2",
        "STC, 2, 3",
        "CMC, 2, 3",
        "CMC, 3, 2",
        "CLD, 402, 2",
        "STD, 2, 402",
        "CLI, 202, 2",
        "STI, 2, 202",
        "CLAC, 40002, 2",
        "STAC, 2, 40002"
    })
    void single(Mnemonic mnemonic, String before, String after) {
        execute(mnemonic, Long.parseLong(before, 16), 0);
        assertThat(Long.toHexString(context.cpu().rflags())).isEqualTo(after);
    }

    @Nested
    @DisplayName("CLI and STI")
    class InterruptFlag {

        @ParameterizedTest(name = "{0} at CPL 3 with IOPL 2 is #GP(0), with IOPL 3 it works")
        @ValueSource(strings = {"CLI", "STI"})
        void privilege(Mnemonic mnemonic) {
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> execute(mnemonic, 0x2202, 3))
                    .withMessage("#GP(0x0)");
            execute(mnemonic, IOPL_3 | 0x202, 3);
            assertThat(context.cpu().flag(Rflags.IF)).isEqualTo(mnemonic == Mnemonic.STI);
        }

        @Test
        @DisplayName("STI has a shadow only if IF was 0")
        void shadow() {
            execute(Mnemonic.STI, 0x202, 0);
            assertThat(context.calls).isEmpty();
            execute(Mnemonic.STI, 0x2, 0);
            assertThat(context.calls).containsExactly("shadowAfterSti");
            execute(Mnemonic.STI, 0x3, 0);
            assertThat(context.calls).hasSize(2);
        }

        @Test
        @DisplayName("with CR4.PVI, CPL 3 sets and clears VIF, unless VIP is set")
        void virtualInterrupts() {
            context.cpu().set(MachineRegister.CR4, 0x2);
            execute(Mnemonic.STI, 0x2, 3);
            assertThat(context.cpu().rflags()).isEqualTo(Rflags.VIF | 2);
            execute(Mnemonic.CLI, Rflags.VIF | 2, 3);
            assertThat(context.cpu().rflags()).isEqualTo(2);
            assertThatExceptionOfType(Fault.class).isThrownBy(() -> execute(Mnemonic.STI, Rflags.VIP | 2, 3));
        }
    }

    @Nested
    @DisplayName("CLAC and STAC")
    class AlignmentCheckFlag {

        @ParameterizedTest(name = "{0} above CPL 0 is #UD")
        @ValueSource(strings = {"CLAC", "STAC"})
        void privilege(Mnemonic mnemonic) {
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> execute(mnemonic, 2, 3))
                    .withMessage("#UD");
        }
    }

    @Nested
    @DisplayName("LAHF and SAHF")
    class Ah {

        @Test
        @DisplayName("LAHF copies the low byte of RFLAGS to AH, SAHF copies five flags back")
        void copies() {
            context.set(GeneralRegister.RAX, 0x1111);
            execute(Mnemonic.LAHF, 0xad7, 0);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0xd711);
            execute(Mnemonic.LAHF, 0x2, 0);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x211);
            context.set(GeneralRegister.RAX, 0xff11);
            execute(Mnemonic.SAHF, 0x802, 0);
            assertThat(context.cpu().rflags()).isEqualTo(0x8d7);
        }
    }

    @Nested
    @DisplayName("PUSHF and POPF")
    class PushAndPop {

        private long popped(long image, long rflags, int cpl, int size) {
            context.cpu().setRsp(0x8000);
            context.poke(0x8000, size, image);
            context.cpu().setRflags(rflags);
            context.cpu().setCpl(cpl);
            context.executeSized(size == 2 ? Mnemonic.POPF : Mnemonic.POPFQ, size);
            assertThat(context.cpu().rsp()).isEqualTo(0x8000 + size);
            return context.cpu().rflags();
        }

        @Test
        @DisplayName("PUSHFQ shows everything but RF and VM")
        void push() {
            execute(Mnemonic.PUSHFQ, 0x3f7fd7, 0);
            assertThat(context.peek(0x7ff8, 8)).isEqualTo(0x3c7fd7);
        }

        @Test
        @DisplayName("at CPL 0 all but RF, VM, VIF and VIP can be set, and those become 0 except VM")
        void kernel() {
            assertThat(popped(ALL_ONES, 2, 0, 8)).isEqualTo(0x247fd7);
            assertThat(popped(0, 0x19_0002, 0, 8)).isEqualTo(2);
        }

        @Test
        @DisplayName("at CPL 3 IOPL never changes, IF only with IOPL 3, and nothing faults")
        void user() {
            assertThat(popped(ALL_ONES, 2, 3, 8)).isEqualTo(0x244dd7);
            assertThat(popped(0, 0x1202, 3, 8)).isEqualTo(0x1202);
            assertThat(popped(0, IOPL_3 | 0x202, 3, 8)).isEqualTo(IOPL_3 | 2);
        }

        @Test
        @DisplayName("16 bits leave AC and ID")
        void narrow() {
            assertThat(popped(0, 0x240202, 0, 2)).isEqualTo(0x240002);
            assertThat(popped(0xffff, 0x2, 0, 2)).isEqualTo(0x7fd7);
            assertThat(popped(0, 0x3d_0002, 0, 2)).isEqualTo(0x3c_0002);
        }
    }
}
