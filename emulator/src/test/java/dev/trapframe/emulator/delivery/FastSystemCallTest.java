package dev.trapframe.emulator.delivery;

import static dev.trapframe.emulator.TestMachine.USER_RSP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.state.Rflags;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Source: Intel SDM Vol. 2B, "SYSCALL" and "SYSRET", Operation. */
@DisplayName("SYSCALL and SYSRET")
class FastSystemCallTest {

    private static final long LSTAR = 0xffff_ffff_8020_0000L;
    private static final long ALL_FLAGS = 0x3f_7fd7;

    private final TestMachine user = TestMachine.inUserMode()
            .with(MachineRegister.STAR, 0x0023_0013_0000_0000L)
            .with(MachineRegister.LSTAR, LSTAR)
            .with(MachineRegister.SFMASK, Rflags.TF | Rflags.IF | Rflags.DF);
    private final TestMachine kernel = TestMachine.inKernelMode()
            .with(MachineRegister.STAR, 0x0020_0010_0000_0000L)
            .with(MachineRegister.RCX, 0x40_1000)
            .with(MachineRegister.R11, -1);

    @Test
    @DisplayName("SYSCALL saves RIP in RCX and RFLAGS without RF in R11, clears what IA32_FMASK names, and RF")
    void callSavesAndMasks() {
        user.with(MachineRegister.RFLAGS, ALL_FLAGS);
        new FastSystemCall(user.cpu()).call(0x40_0002);

        assertThat(user.cpu().get(MachineRegister.RCX)).isEqualTo(0x40_0002);
        assertThat(user.cpu().get(MachineRegister.R11)).isEqualTo(ALL_FLAGS & ~Rflags.RF);
        assertThat(user.cpu().rflags())
                .isEqualTo(ALL_FLAGS & ~(Rflags.RF | Rflags.TF | Rflags.IF | Rflags.DF) | Rflags.ALWAYS_ONE);
        assertThat(user.cpu().rip()).isEqualTo(LSTAR);
        assertThat(user.cpu().rsp()).isEqualTo(USER_RSP);
    }

    @Test
    @DisplayName("SYSCALL takes CS from IA32_STAR[47:32] without its RPL, SS is 8 more, both flat at CPL 0")
    void callLoadsFlatSegments() {
        new FastSystemCall(user.cpu()).call(0x40_0002);

        assertThat(user.cpu().cpl()).isZero();
        assertThat(user.cpu().descriptor(SystemRegister.CS)).isEqualTo(new Descriptor(0x10, 0, 0xffff_ffffL, 0xa09b));
        assertThat(user.cpu().descriptor(SystemRegister.SS)).isEqualTo(new Descriptor(0x1b, 0, 0xffff_ffffL, 0xc093));
    }

    @ParameterizedTest(name = "{0} bytes: CS {1}, RIP {3}")
    @CsvSource({"8, 0x33, 0xa0fb, 0x7fff12345678", "4, 0x23, 0xc0fb, 0x12345678"})
    @DisplayName("SYSRET takes CS from IA32_STAR[63:48], plus 16 to 64-bit code, and RIP from RCX")
    void returnsToUser(int operandSizeBytes, String cs, String attributes, String rip) {
        kernel.with(MachineRegister.RCX, 0x7fff_1234_5678L);
        new FastSystemCall(kernel.cpu()).sysret(operandSizeBytes);

        int selector = Integer.decode(cs);
        assertThat(kernel.cpu().descriptor(SystemRegister.CS))
                .isEqualTo(new Descriptor(selector, 0, 0xffff_ffffL, Integer.decode(attributes)));
        assertThat(kernel.cpu().descriptor(SystemRegister.SS)).isEqualTo(new Descriptor(0x2b, 0, 0xffff_ffffL, 0xc0f3));
        assertThat(kernel.cpu().rip()).isEqualTo(Long.decode(rip));
        assertThat(kernel.cpu().cpl()).isEqualTo(3);
        assertThat(kernel.notes()).containsExactly(new MicroOp.Returned(selector, Long.decode(rip), 0, 3));
    }

    @Test
    @DisplayName("SYSRET adds before it sets the RPL: an RPL in IA32_STAR does not carry")
    void returnSelectorsWithRpl() {
        kernel.with(MachineRegister.STAR, 0x0023_0010_0000_0000L);
        new FastSystemCall(kernel.cpu()).sysret(8);
        assertThat(kernel.cpu().descriptor(SystemRegister.CS).selector()).isEqualTo(0x33);
        assertThat(kernel.cpu().descriptor(SystemRegister.SS).selector()).isEqualTo(0x2b);
    }

    @Test
    @DisplayName("in compatibility mode both are #UD")
    void inCompatibilityMode() {
        Descriptor code32 = new Descriptor(0x50, 0, 0xffff_ffffL, 0xc09b);
        kernel.with(SystemRegister.CS, code32).with(MachineRegister.CS, 0x50);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> new FastSystemCall(kernel.cpu()).sysret(4))
                .withMessage("#UD");
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> new FastSystemCall(kernel.cpu()).call(0))
                .withMessage("#UD");
    }

    @Test
    @DisplayName("SYSRET loads RFLAGS from R11 but for RF, VM and reserved bits; bit 1 is always set")
    void returnsFlags() {
        new FastSystemCall(kernel.cpu()).sysret(8);
        assertThat(kernel.cpu().rflags()).isEqualTo(0x3c_7fd7);

        kernel.cpu().set(MachineRegister.R11, 0);
        kernel.cpu().setCpl(0);
        new FastSystemCall(kernel.cpu()).sysret(8);
        assertThat(kernel.cpu().rflags()).isEqualTo(Rflags.ALWAYS_ONE);
    }

    @Test
    @DisplayName("selectors wrap around at 16 bits")
    void selectorsWrap() {
        kernel.with(MachineRegister.STAR, 0xfff8_fff8_0000_0000L);
        new FastSystemCall(kernel.cpu()).sysret(8);
        assertThat(kernel.cpu().descriptor(SystemRegister.CS).selector()).isEqualTo(0xb);
        assertThat(kernel.cpu().descriptor(SystemRegister.SS).selector()).isEqualTo(3);

        kernel.cpu().setCpl(0);
        new FastSystemCall(kernel.cpu()).call(0);
        assertThat(kernel.cpu().descriptor(SystemRegister.CS).selector()).isEqualTo(0xfff8);
        assertThat(kernel.cpu().descriptor(SystemRegister.SS).selector()).isZero();
    }

    @Test
    @DisplayName("SYSRET checks RCX only for a return to 64-bit code")
    void returnsToCompatibilityMode() {
        kernel.with(MachineRegister.RCX, 0x8000_0000_1234_5678L);
        new FastSystemCall(kernel.cpu()).sysret(4);

        assertThat(kernel.cpu().rip()).isEqualTo(0x1234_5678);
    }

    @Test
    @DisplayName("without EFER.SCE SYSCALL is #UD and changes nothing")
    void disabled() {
        user.with(MachineRegister.EFER, 0xd00);
        var before = user.registers();

        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> new FastSystemCall(user.cpu()).call(0))
                .withMessage("#UD");
        assertThat(user.registers()).isEqualTo(before);
    }
}
