package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Cr4;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Source: Intel SDM Vol. 2D, "XGETBV" and "XSETBV"; Vol. 1, "Processor Tracking of XSAVE-Managed State". */
@DisplayName("XGETBV and XSETBV")
class ExtendedControlTest {

    private final TestContext context = new TestContext();

    ExtendedControlTest() {
        context.cpu().set(MachineRegister.CR4, 0x6a0 | Cr4.OSXSAVE);
    }

    @Test
    @DisplayName("take ECX and EDX:EAX, whatever stands above them")
    void halves() {
        context.set(GeneralRegister.RAX, 0xffff_ffff_0000_0203L);
        context.set(GeneralRegister.RDX, 0xffff_ffff_0000_0000L);
        context.set(GeneralRegister.RCX, 0xffff_ffff_0000_0000L);
        context.execute(Mnemonic.XSETBV);
        assertThat(context.cpu().get(MachineRegister.XCR0)).isEqualTo(0x203);
        context.cpu().set(MachineRegister.XCR0, 0x8765_4321_0000_0203L);
        context.execute(Mnemonic.XGETBV);
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x203);
        assertThat(context.get(GeneralRegister.RDX)).isEqualTo(0x8765_4321L);
    }

    @ParameterizedTest(name = "EDX {0}, EAX {1}, ECX {2}")
    @CsvSource({"0x1, 0x3, 0", "0x80000000, 0x3, 0", "0, 0x80000003, 0", "0, 0x203, 2", "0, 0x202, 0", "0, 0x0, 0"})
    @DisplayName("XSETBV refuses what does not exist, and x87 switched off: #GP(0)")
    void refused(String edx, String eax, long ecx) {
        context.set(GeneralRegister.RAX, Long.decode(eax));
        context.set(GeneralRegister.RDX, Long.decode(edx));
        context.set(GeneralRegister.RCX, ecx);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> context.execute(Mnemonic.XSETBV))
                .withMessage("#GP(0x0)");
    }

    @ParameterizedTest
    @EnumSource(
            value = Mnemonic.class,
            names = {"XGETBV", "XSETBV", "XSAVE", "XRSTOR"})
    @DisplayName("need CR4.OSXSAVE, and no other bit does for it: #UD")
    void disabled(Mnemonic mnemonic) {
        context.cpu().set(MachineRegister.CR4, 0x6a1);
        Operand[] operands =
                mnemonic.name().endsWith("BV") ? new Operand[0] : new Operand[] {TestContext.memory(0x4000, 0xa88)};
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> context.execute(mnemonic, operands))
                .withMessage("#UD");
    }

    @ParameterizedTest(name = "{0} = {1}: {2}")
    @CsvSource({
        "MXCSR, 0x1fa0, 0",
        "FCW, 0x37e, 1",
        "FSW, 1, 1",
        "ST7_HIGH, 1, 1",
        "ST0_LOW, 1, 1",
        "XMM15_HIGH, 1, 2",
        "XMM0_LOW, 1, 2",
        "PKRU, 1, 0x200"
    })
    @DisplayName("with ECX = 1 XGETBV tells the components in use, of those in XCR0")
    void inUse(MachineRegister register, String value, String components) {
        context.cpu().set(MachineRegister.XCR0, 0x203);
        context.cpu().set(register, Long.decode(value));
        context.set(GeneralRegister.RCX, 1);
        context.execute(Mnemonic.XGETBV);
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(Long.decode(components));
        context.cpu().set(MachineRegister.XCR0, 0);
        context.set(GeneralRegister.RCX, 1);
        context.execute(Mnemonic.XGETBV);
        assertThat(context.get(GeneralRegister.RAX)).isZero();
    }
}
