package dev.trapframe.emulator.execute;

import static dev.trapframe.emulator.execute.TestContext.memory;
import static dev.trapframe.emulator.execute.TestContext.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("System instructions")
class SystemInstructionsTest {

    private static final long NOT_CANONICAL = 0x0000_9000_0000_0000L;
    private static final long CR4_FSGSBASE = 1L << 16;
    private static final long CR4_PKE = 1L << 22;

    private final TestContext context = new TestContext();

    private void assertFault(String message, Mnemonic mnemonic, Operand... operands) {
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> context.execute(mnemonic, operands))
                .withMessage(message);
    }

    private void clearCr4(long bits) {
        context.cpu().set(MachineRegister.CR4, context.cpu().get(MachineRegister.CR4) & ~bits);
    }

    @ParameterizedTest(name = "{0} at CPL 3 is #GP(0)")
    @EnumSource(names = {"HLT", "SWAPGS", "CLTS", "INVD", "WBINVD", "WBNOINVD", "RDMSR", "WRMSR", "SYSEXIT"})
    void privileged(Mnemonic mnemonic) {
        context.cpu().setCpl(3);
        assertFault("#GP(0x0)", mnemonic);
        assertThat(context.calls).isEmpty();
    }

    @Test
    @DisplayName("HLT halts")
    void hlt() {
        context.execute(Mnemonic.HLT);
        assertThat(context.calls).containsExactly("halt");
    }

    @Test
    @DisplayName("SWAPGS exchanges the two bases")
    void swapgs() {
        context.cpu().set(MachineRegister.GS_BASE, 1);
        context.cpu().set(MachineRegister.KERNEL_GS_BASE, 2);
        context.execute(Mnemonic.SWAPGS);
        assertThat(context.cpu().get(MachineRegister.GS_BASE)).isEqualTo(2);
        assertThat(context.cpu().get(MachineRegister.KERNEL_GS_BASE)).isEqualTo(1);
    }

    @Nested
    @DisplayName("RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE")
    class SegmentBases {

        @Test
        @DisplayName("work at CPL 3; 32 bits zero-extend")
        void widths() {
            context.cpu().setCpl(3);
            context.set(GeneralRegister.RAX, 0xffff_8000_1234_5678L);
            context.execute(Mnemonic.WRGSBASE, register(GeneralRegister.RAX, 8));
            context.execute(Mnemonic.WRFSBASE, register(GeneralRegister.RAX, 4));
            assertThat(context.cpu().get(MachineRegister.GS_BASE)).isEqualTo(0xffff_8000_1234_5678L);
            assertThat(context.cpu().get(MachineRegister.FS_BASE)).isEqualTo(0x1234_5678L);
            context.execute(Mnemonic.RDGSBASE, register(GeneralRegister.RBX, 4));
            context.execute(Mnemonic.RDFSBASE, register(GeneralRegister.RCX, 8));
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(0x1234_5678L);
            assertThat(context.get(GeneralRegister.RCX)).isEqualTo(0x1234_5678L);
        }

        @ParameterizedTest(name = "{0} is #UD without CR4.FSGSBASE")
        @EnumSource(names = {"RDFSBASE", "RDGSBASE", "WRFSBASE", "WRGSBASE"})
        void disabled(Mnemonic mnemonic) {
            clearCr4(CR4_FSGSBASE);
            assertFault("#UD", mnemonic, register(GeneralRegister.RAX, 8));
        }

        @ParameterizedTest(name = "{0} of a non-canonical address is #GP(0)")
        @EnumSource(names = {"WRFSBASE", "WRGSBASE"})
        void notCanonical(Mnemonic mnemonic) {
            context.set(GeneralRegister.RAX, NOT_CANONICAL);
            assertFault("#GP(0x0)", mnemonic, register(GeneralRegister.RAX, 8));
        }
    }

    @Nested
    @DisplayName("RDPKRU and WRPKRU")
    class ProtectionKeys {

        @Test
        @DisplayName("write EAX, read it back with EDX = 0")
        void roundTrip() {
            context.set(GeneralRegister.RAX, 0xffff_ffff_5555_5554L);
            context.execute(Mnemonic.WRPKRU);
            assertThat(context.cpu().get(MachineRegister.PKRU)).isEqualTo(0x5555_5554L);
            context.set(GeneralRegister.RDX, -1);
            context.execute(Mnemonic.RDPKRU);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x5555_5554L);
            assertThat(context.get(GeneralRegister.RDX)).isZero();
        }

        @Test
        @DisplayName("ECX, and for WRPKRU EDX, must be 0; the upper halves do not count")
        void implicitOperands() {
            context.set(GeneralRegister.RCX, 1L << 32);
            context.execute(Mnemonic.RDPKRU);
            context.set(GeneralRegister.RDX, 1);
            assertFault("#GP(0x0)", Mnemonic.WRPKRU);
            context.set(GeneralRegister.RCX, 1);
            assertFault("#GP(0x0)", Mnemonic.RDPKRU);
            assertFault("#GP(0x0)", Mnemonic.WRPKRU);
        }

        @ParameterizedTest(name = "{0} is #UD without CR4.PKE")
        @EnumSource(names = {"RDPKRU", "WRPKRU"})
        void disabled(Mnemonic mnemonic) {
            clearCr4(CR4_PKE);
            context.set(GeneralRegister.RCX, 1);
            assertFault("#UD", mnemonic);
        }
    }

    @Nested
    @DisplayName("MONITOR and MWAIT")
    class Waiting {

        @Test
        @DisplayName("take no extension but bit 0 of ECX for MWAIT, and ignore hints")
        void extensions() {
            context.set(GeneralRegister.RAX, 0x3000);
            context.set(GeneralRegister.RDX, -1);
            context.execute(Mnemonic.MONITOR);
            context.set(GeneralRegister.RAX, 0xff);
            context.execute(Mnemonic.MWAIT);
            context.set(GeneralRegister.RCX, 1);
            context.execute(Mnemonic.MWAIT);
            assertThat(context.calls).containsExactly("armMonitor", "waitMonitored", "waitMonitored even if masked");
            assertFault("#GP(0x0)", Mnemonic.MONITOR);
            for (long reserved : new long[] {2, 3, 1L << 32, -1}) {
                context.set(GeneralRegister.RCX, reserved);
                assertFault("#GP(0x0)", Mnemonic.MONITOR);
                assertFault("#GP(0x0)", Mnemonic.MWAIT);
            }
        }

        @Test
        @DisplayName("look at ECX alone outside 64-bit mode")
        void upperHalf() {
            context.cpu().setSegment(SegmentRegister.CS, new Descriptor(0x18, 0, 0xffff_ffffL, 0xc09b));
            context.set(GeneralRegister.RAX, 0x3000);
            context.set(GeneralRegister.RCX, -1L << 32);
            context.execute(TestContext.instruction(Mnemonic.MONITOR, 4, 4, RepeatPrefix.NONE, null));
            context.execute(TestContext.instruction(Mnemonic.MWAIT, 4, 4, RepeatPrefix.NONE, null));
            assertThat(context.calls).containsExactly("armMonitor", "waitMonitored");
        }

        @ParameterizedTest
        @EnumSource(names = {"MONITOR", "MWAIT"})
        @DisplayName("are #UD above CPL 0 and in models without them, before anything else")
        void undefined(Mnemonic mnemonic) {
            context.set(GeneralRegister.RCX, 2);
            context.set(GeneralRegister.RAX, 1L << 47);
            for (int cpl = 1; cpl <= 3; cpl++) {
                context.cpu().setCpl(cpl);
                assertFault("#UD", mnemonic);
            }
            context.cpu().setCpl(0);
            for (Processor processor : List.of(Processor.ORACLE_QEMU, Processor.ORACLE_BOCHS)) {
                context.processor = processor;
                assertFault("#UD", mnemonic);
            }
        }

        @Test
        @DisplayName("MONITOR reads one byte at DS:RAX, EAX or by another segment, and faults as a read does")
        void address() {
            context.set(GeneralRegister.RAX, 1L << 47);
            assertFault("#GP(0x0)", Mnemonic.MONITOR);
            context.execute(TestContext.instruction(Mnemonic.MONITOR, 8, 4, RepeatPrefix.NONE, null));
            context.makeAbsent(0x5000);
            context.set(GeneralRegister.RAX, 0x4fff);
            context.execute(Mnemonic.MONITOR);
            context.set(GeneralRegister.RAX, 0x5000);
            assertFault("#PF(0x0)", Mnemonic.MONITOR);
            context.cpu().set(MachineRegister.GS_BASE, 0x1_0000_0000L);
            context.execute(TestContext.instruction(Mnemonic.MONITOR, 8, 8, RepeatPrefix.NONE, SegmentRegister.GS));
            assertThat(context.calls).containsExactly("armMonitor", "armMonitor", "armMonitor");
        }
    }

    @Nested
    @DisplayName("RDTSC, RDTSCP, RDPID, RDPMC")
    class Counters {

        @Test
        @DisplayName("count ticks, and clear the upper halves")
        void ticks() {
            context.cpu().set(MachineRegister.TSC_AUX, 7);
            context.set(GeneralRegister.RAX, -1);
            context.set(GeneralRegister.RDX, -1);
            context.execute(Mnemonic.RDTSC);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x2345_6789L);
            assertThat(context.get(GeneralRegister.RDX)).isEqualTo(1);
            context.execute(Mnemonic.RDTSCP);
            assertThat(context.get(GeneralRegister.RCX)).isEqualTo(7);
            context.execute(Mnemonic.RDPID, register(GeneralRegister.RBX, 8));
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(7);
            assertFault("#GP(0x0)", Mnemonic.RDPMC);
        }

        @Test
        @DisplayName("RDTSC and RDTSCP add IA32_TSC_ADJUST, beyond 64 bits too")
        void adjusted() {
            for (long adjust : new long[] {0x10, -0x1_2345_6789L, Long.MAX_VALUE}) {
                context.cpu().set(MachineRegister.TSC_ADJUST, adjust);
                for (Mnemonic mnemonic : List.of(Mnemonic.RDTSC, Mnemonic.RDTSCP)) {
                    context.execute(mnemonic);
                    long counter = context.get(GeneralRegister.RDX) << 32 | context.get(GeneralRegister.RAX);
                    assertThat(counter).isEqualTo(0x1_2345_6789L + adjust);
                }
            }
        }

        @Test
        @DisplayName("CR4.TSD keeps them from user mode")
        void disabled() {
            context.cpu().set(MachineRegister.CR4, 1L << 2);
            context.execute(Mnemonic.RDTSC);
            context.cpu().setCpl(3);
            assertFault("#GP(0x0)", Mnemonic.RDTSC);
            assertFault("#GP(0x0)", Mnemonic.RDTSCP);
        }
    }

    @Nested
    @DisplayName("INVLPG and INVPCID")
    class Translations {

        private static final long PCIDE = 1L << 17;

        private void invpcid(long type, long pcid, long linear) {
            context.set(GeneralRegister.RAX, type);
            context.poke(0x2000, 8, pcid);
            context.poke(0x2008, 8, linear);
            context.execute(Mnemonic.INVPCID, register(GeneralRegister.RAX, 8), memory(0x2000, 16));
        }

        @Test
        @DisplayName("INVLPG takes the address itself and reads nothing there")
        void invlpg() {
            context.makeAbsent(0x2000);
            context.execute(Mnemonic.INVLPG, memory(0x2000, 1));
            context.execute(Mnemonic.INVLPG, memory(NOT_CANONICAL, 1));
            assertThat(context.calls).containsExactly("invalidatePage 0x2000", "invalidatePage 0x900000000000");
            context.cpu().setCpl(3);
            assertFault("#GP(0x0)", Mnemonic.INVLPG, memory(0x2000, 1));
        }

        @Test
        @DisplayName("INVPCID: one page, one PCID, all with global, all without")
        void types() {
            invpcid(0, 0, 0x5000);
            invpcid(1, 0, 0);
            invpcid(2, 0, 0);
            invpcid(3, 0, 0);
            assertThat(context.calls)
                    .containsExactly(
                            "invalidatePage 0 0x5000",
                            "flushPcid 0",
                            "flushTlb with global",
                            "flushTlb without global");
        }

        @Test
        @DisplayName(
                "INVPCID refuses unknown types, reserved bits, non-canonical addresses, and PCIDs without CR4.PCIDE")
        void refusals() {
            long[][] refused = {{4, 0, 0}, {0, 0x1000, 0}, {0, 0, NOT_CANONICAL}, {0, 1, 0}, {1, 1, 0}, {-1, 0, 0}};
            for (long[] row : refused) {
                assertThatExceptionOfType(Fault.class)
                        .isThrownBy(() -> invpcid(row[0], row[1], row[2]))
                        .withMessage("#GP(0x0)");
            }
            context.cpu().set(MachineRegister.CR4, PCIDE);
            invpcid(1, 1, NOT_CANONICAL);
            assertThat(context.calls).containsExactly("flushPcid 1");
        }
    }

    @Nested
    @DisplayName("What is not there")
    class Missing {

        @ParameterizedTest(name = "{0} is #UD")
        @ValueSource(strings = {"UD2", "UD1", "UD0", "VMCALL", "RDRAND", "ERETU", "SETSSBSY", "XSAVE", "XGETBV"})
        void undefined(Mnemonic mnemonic) {
            assertFault("#UD", mnemonic);
        }
    }
}
