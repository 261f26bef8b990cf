package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Control and debug registers")
class ControlRegistersTest {

    private static final long CR0 = 0x8005_0033L;
    private static final long CR4 = 0x0171_06a0L;
    private static final long PCIDE = 1L << 17;
    private static final long VME = 1;
    private static final long PAE = 1L << 5;
    private static final long SMEP = 1L << 20;

    private final TestContext context = new TestContext();
    private final Operand rax = register(GeneralRegister.RAX, 8);

    private void moveTo(Operand register, long value) {
        context.set(GeneralRegister.RAX, value);
        context.execute(Mnemonic.MOV, register, rax);
    }

    private long moveFrom(Operand register) {
        context.execute(Mnemonic.MOV, rax, register);
        return context.get(GeneralRegister.RAX);
    }

    private void assertRefused(String message, Operand register, long value) {
        assertThatExceptionOfType(Fault.class)
                .as("%s := %x", register, value)
                .isThrownBy(() -> moveTo(register, value))
                .withMessage(message);
    }

    @Nested
    @DisplayName("MOV to and from control registers")
    class Control {

        @ParameterizedTest(name = "CR{0} := {1} reads back {2}")
        @CsvSource({
            "0, 8004003b, 8004003b",
            "0, 80050023, 80050033",
            "0, 9ffdffff, 8005003f",
            "0, e0050033, e0050033",
            "2, 123456789abcdef0, 123456789abcdef0",
            "3, 110018, 110018",
            "4, 1700ea0, 1700ea0",
            "8, f, f"
        })
        void accepted(int number, String value, String expected) {
            Operand register = new ControlRegisterOperand(number);
            moveTo(register, Long.parseUnsignedLong(value, 16));
            assertThat(Long.toHexString(moveFrom(register))).isEqualTo(expected);
        }

        @ParameterizedTest(name = "CR{0} := {1} is #GP(0) and changes nothing")
        @CsvSource({
            "0, 180050033",
            "0, 80050032",
            "0, 50033",
            "0, a0050033",
            "3, 8000000000110000",
            "3, 8000000000000",
            "4, 417106a0",
            "4, 1710680",
            "8, 10"
        })
        void refused(int number, String value) {
            Operand register = new ControlRegisterOperand(number);
            long before = moveFrom(register);
            assertRefused("#GP(0x0)", register, Long.parseUnsignedLong(value, 16));
            assertThat(moveFrom(register)).isEqualTo(before);
            assertThat(context.calls).isEmpty();
        }

        private void outsideOf64BitMode() {
            context.cpu().setSegment(SegmentRegister.CS, new Descriptor(0x10, 0, 0xffff_ffffL, 0xc09b));
        }

        @Test
        @DisplayName("CR0.PG can be cleared outside 64-bit mode and without CR4.PCIDE; all translations go")
        void stopsPaging() {
            assertRefused("#GP(0x0)", new ControlRegisterOperand(0), 0x5_0033);
            outsideOf64BitMode();
            context.cpu().set(MachineRegister.CR4, CR4 | PCIDE);
            assertRefused("#GP(0x0)", new ControlRegisterOperand(0), 0x5_0033);
            context.cpu().set(MachineRegister.CR4, CR4 & ~PCIDE | VME);
            moveTo(new ControlRegisterOperand(0), 0x5_0033);
            assertThat(context.cpu().get(MachineRegister.CR0)).isEqualTo(0x5_0033);
            assertThat(context.calls).containsExactly("flushTlb with global");
            assertThat(context.cpu().inIa32eMode()).isFalse();
            moveTo(new ControlRegisterOperand(0), 0x5_0033);
            assertThat(context.calls).hasSize(1);
        }

        @Test
        @DisplayName("clearing CR0.PE would lead to real-address mode, which is not emulated: nothing changes")
        void realAddressMode() {
            outsideOf64BitMode();
            moveTo(new ControlRegisterOperand(0), 0x5_0033);
            assertThatThrownBy(() -> moveTo(new ControlRegisterOperand(0), 0x5_0032))
                    .isInstanceOf(NotEmulated.class)
                    .hasMessageContaining("real-address mode");
            assertThat(context.cpu().get(MachineRegister.CR0)).isEqualTo(0x5_0033);
        }

        @Test
        @DisplayName("CR4.VME changes no translation, and stands for no other bit of CR4")
        void virtualModeExtensions() {
            context.cpu().set(MachineRegister.CR3, 0x11_0001);
            moveTo(new ControlRegisterOperand(4), CR4 | VME);
            moveTo(new ControlRegisterOperand(4), CR4);
            moveTo(new ControlRegisterOperand(4), CR4 | VME);
            assertThat(context.calls).isEmpty();
            assertRefused("#GP(0x0)", new ControlRegisterOperand(4), CR4 & ~PAE | VME);
            assertRefused("#GP(0x0)", new ControlRegisterOperand(3), 1L << 63 | 0x11_0000);
            context.cpu().setCpl(3);
            context.execute(Mnemonic.SMSW, register(GeneralRegister.RCX, 4));
            assertThat(context.get(GeneralRegister.RCX)).isEqualTo(CR0);
        }

        @Test
        @DisplayName("CR4.PAE may be cleared outside long mode; PAE and a new SMEP drop the PCID's translations")
        void thisPcid() {
            context.cpu().set(MachineRegister.EFER, 1);
            moveTo(new ControlRegisterOperand(4), CR4 & ~PAE);
            moveTo(new ControlRegisterOperand(4), CR4);
            assertThat(context.calls)
                    .containsExactly(
                            "flushPcid 0 with global", "loadPageDirectoryPointers 0", "flushPcid 0 with global");
            context.calls.clear();
            context.cpu().set(MachineRegister.CR4, CR4 & ~SMEP);
            moveTo(new ControlRegisterOperand(4), CR4 | SMEP);
            moveTo(new ControlRegisterOperand(4), CR4 & ~SMEP);
            assertThat(context.calls)
                    .containsExactly(
                            "loadPageDirectoryPointers 0", "flushPcid 0 with global", "loadPageDirectoryPointers 0");
        }

        @ParameterizedTest(name = "CR{0} at CPL 3 is #GP(0), both ways")
        @ValueSource(ints = {0, 2, 3, 4, 8})
        void privilege(int number) {
            context.cpu().setCpl(3);
            Operand register = new ControlRegisterOperand(number);
            assertRefused("#GP(0x0)", register, 0);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> moveFrom(register))
                    .withMessage("#GP(0x0)");
        }

        @ParameterizedTest
        @EnumSource(Processor.class)
        @DisplayName("of CR4 every bit that the processor has can be set, MCE among them, and no other")
        void bitsOfCr4(Processor processor) {
            context.processor = processor;
            // VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT, UMIP, FSGSBASE PCIDE OSXSAVE, SMEP SMAP PKE; LA57
            // is
            // refused in long mode by a rule of its own
            long bits = 0x0077_0fff | (processor.hasSupervisorKeys() ? 1L << 24 : 0);
            context.cpu().set(MachineRegister.CR3, 0x11_0000);
            for (int bit = 0; bit < Long.SIZE; bit++) {
                long pae = 1L << 5;
                long value = pae | 1L << bit;
                context.cpu().set(MachineRegister.CR4, pae);
                if ((bits >>> bit & 1) == 0) {
                    assertRefused("#GP(0x0)", new ControlRegisterOperand(4), value);
                } else {
                    moveTo(new ControlRegisterOperand(4), value);
                    assertThat(context.cpu().get(MachineRegister.CR4)).isEqualTo(value);
                }
            }
        }

        @Test
        @DisplayName("CR4.PKS exists only where the processor has supervisor keys")
        void processorModel() {
            context.processor = Processor.ORACLE_BOCHS;
            assertRefused("#GP(0x0)", new ControlRegisterOperand(4), CR4);
        }

        @Test
        @DisplayName("CR4.PCIDE needs CR3 without a PCID; then bit 63 of CR3 is accepted and not kept")
        void pcid() {
            context.cpu().set(MachineRegister.CR3, 0x11_0001);
            assertRefused("#GP(0x0)", new ControlRegisterOperand(4), CR4 | PCIDE);
            context.cpu().set(MachineRegister.CR3, 0x11_0000);
            moveTo(new ControlRegisterOperand(4), CR4 | PCIDE);
            moveTo(new ControlRegisterOperand(3), 1L << 63 | 0x11_0001);
            assertThat(context.cpu().get(MachineRegister.CR3)).isEqualTo(0x11_0001);
        }

        @Test
        @DisplayName("CR4.LA57 cannot change in long mode, and exists only on our own processor")
        void fiveLevelPaging() {
            assertRefused("#GP(0x0)", new ControlRegisterOperand(4), CR4 | 1L << 12);
            context.cpu().set(MachineRegister.EFER, 0);
            context.processor = Processor.ORACLE_QEMU;
            assertRefused("#GP(0x0)", new ControlRegisterOperand(4), CR4 | 1L << 12);
            context.processor = Processor.TRAPFRAME;
            moveTo(new ControlRegisterOperand(4), CR4 | 1L << 12);
            assertThat(context.cpu().isCanonical(0x00ff_ffff_ffff_ffffL)).isTrue();
            assertThat(context.cpu().isCanonical(0x0100_0000_0000_0000L)).isFalse();
        }

        @Test
        @DisplayName("CR3 has as many bits as the processor's physical addresses")
        void physicalAddressWidth() {
            context.processor = Processor.TRAPFRAME;
            assertRefused("#GP(0x0)", new ControlRegisterOperand(3), 1L << 46);
            context.processor = Processor.ORACLE_QEMU;
            moveTo(new ControlRegisterOperand(3), 1L << 46);
            assertRefused("#GP(0x0)", new ControlRegisterOperand(3), 1L << 51);
        }

        @Test
        @DisplayName(
                "with CR4.PCIDE MOV CR3 drops the new PCID's translations, none with bit 63; clearing PCIDE drops all")
        void contexts() {
            moveTo(new ControlRegisterOperand(4), CR4 | PCIDE);
            moveTo(new ControlRegisterOperand(3), 0x11_0007);
            moveTo(new ControlRegisterOperand(3), 1L << 63 | 0x11_0003);
            moveTo(new ControlRegisterOperand(4), CR4);
            assertThat(context.calls).containsExactly("flushPcid 7", "switchContext", "flushTlb with global");
        }

        @Test
        @DisplayName("CR3 drops translations that are not global; CR4.PGE drops all, CR4.PKE none")
        void translations() {
            moveTo(new ControlRegisterOperand(3), 0x11_0000);
            moveTo(new ControlRegisterOperand(4), CR4 & ~(1L << 22));
            moveTo(new ControlRegisterOperand(4), CR4 & ~(1L << 7));
            assertThat(context.calls).containsExactly("flushPcid 0", "flushTlb with global");
        }
    }

    @Nested
    @DisplayName("LMSW, SMSW, CLTS")
    class MachineStatusWord {

        @Test
        @DisplayName("LMSW loads four bits, and cannot clear PE")
        void lmsw() {
            context.set(GeneralRegister.RBX, 0xfff8);
            context.execute(Mnemonic.LMSW, register(GeneralRegister.RBX, 2));
            assertThat(context.cpu().get(MachineRegister.CR0)).isEqualTo(0x8005_0039L);
            context.execute(Mnemonic.CLTS);
            assertThat(context.cpu().get(MachineRegister.CR0)).isEqualTo(0x8005_0031L);
        }

        @Test
        @DisplayName("LMSW and CLTS above CPL 0 are #GP(0)")
        void privilege() {
            context.cpu().setCpl(1);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.execute(Mnemonic.LMSW, register(GeneralRegister.RBX, 2)))
                    .withMessage("#GP(0x0)");
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.execute(Mnemonic.CLTS))
                    .withMessage("#GP(0x0)");
        }

        @Test
        @DisplayName("SMSW gives as much of CR0 as fits; with CR4.UMIP not to CPL 3")
        void smsw() {
            context.execute(Mnemonic.SMSW, register(GeneralRegister.RBX, 8));
            context.execute(Mnemonic.SMSW, memory(0x2000, 2));
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(CR0);
            assertThat(context.peek(0x2000, 8)).isEqualTo(0x33);
            context.cpu().setCpl(3);
            context.execute(Mnemonic.SMSW, register(GeneralRegister.RCX, 4));
            assertThat(context.get(GeneralRegister.RCX)).isEqualTo(CR0);
            context.cpu().set(MachineRegister.CR4, 1L << 11);
            assertThatExceptionOfType(Fault.class)
                    .isThrownBy(() -> context.execute(Mnemonic.SMSW, register(GeneralRegister.RCX, 4)))
                    .withMessage("#GP(0x0)");
        }
    }

    @Nested
    @DisplayName("MOV to and from debug registers")
    class Debug {

        @ParameterizedTest(name = "DR{0} := {1} reads back {2}")
        @CsvSource({
            "0, 900000000000, 900000000000",
            "3, ffffffffc0008000, ffffffffc0008000",
            "6, 0, ffff0ff0",
            "6, ffffffff, ffffefff",
            "7, 0, 400",
            "7, ffffdfff, ffff07ff",
            "4, 0, ffff0ff0",
            "5, 0, 400"
        })
        void accepted(int number, String value, String expected) {
            Operand register = new DebugRegisterOperand(number);
            moveTo(register, Long.parseUnsignedLong(value, 16));
            assertThat(Long.toHexString(moveFrom(register))).isEqualTo(expected);
        }

        @Test
        @DisplayName("the upper half of DR6 and DR7 must be 0")
        void upperHalf() {
            assertRefused("#GP(0x0)", new DebugRegisterOperand(6), 1L << 32);
            assertRefused("#GP(0x0)", new DebugRegisterOperand(7), 1L << 63);
        }

        @Test
        @DisplayName("DR4 and DR5 are #UD with CR4.DE, before the privilege check")
        void aliases() {
            context.cpu().set(MachineRegister.CR4, 1L << 3);
            context.cpu().setCpl(3);
            assertRefused("#UD", new DebugRegisterOperand(4), 0);
            assertRefused("#GP(0x0)", new DebugRegisterOperand(6), 0);
        }

        @Test
        @DisplayName("with DR7.GD any access is #DB with DR6.BD")
        void generalDetect() {
            context.cpu().set(MachineRegister.DR7, 0x2400);
            assertRefused("#DB", new DebugRegisterOperand(0), 5);
            assertThat(context.cpu().get(MachineRegister.DR6)).isEqualTo(0xffff_2ff0L);
            assertThat(context.cpu().get(MachineRegister.DR0)).isZero();
        }
    }
}
