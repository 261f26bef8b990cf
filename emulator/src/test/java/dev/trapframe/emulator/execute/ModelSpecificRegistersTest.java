package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("RDMSR, WRMSR and CPUID")
class ModelSpecificRegistersTest {

    private static final String NOT_CANONICAL = "900000000000";

    private final TestContext context = new TestContext();

    private void write(String msr, String value) {
        long bits = Long.parseUnsignedLong(value, 16);
        context.set(GeneralRegister.RCX, 0xffff_ffff_0000_0000L | Long.parseLong(msr, 16));
        context.set(GeneralRegister.RAX, bits | 0xaaaa_aaaa_0000_0000L);
        context.set(GeneralRegister.RDX, bits >>> 32 | 0xbbbb_bbbb_0000_0000L);
        context.execute(Mnemonic.WRMSR);
    }

    private String read(String msr) {
        context.set(GeneralRegister.RCX, Long.parseLong(msr, 16));
        context.execute(Mnemonic.RDMSR);
        assertThat(context.get(GeneralRegister.RAX) >>> 32)
                .as("upper half of RAX")
                .isZero();
        assertThat(context.get(GeneralRegister.RDX) >>> 32)
                .as("upper half of RDX")
                .isZero();
        return Long.toHexString(context.get(GeneralRegister.RDX) << 32 | context.get(GeneralRegister.RAX));
    }

    private void assertRefused(String msr, String value) {
        assertThatExceptionOfType(Fault.class)
                .as("%s := %s", msr, value)
                .isThrownBy(() -> write(msr, value))
                .withMessage("#GP(0x0)");
    }

    @ParameterizedTest(name = "{0} holds {1} in {2}")
    @CsvSource({
        "1b, fee00900, APIC_BASE",
        "48, 7, SPEC_CTRL",
        "174, 10, SYSENTER_CS",
        "175, ffffffff81000000, SYSENTER_ESP",
        "176, ffffffff81000000, SYSENTER_EIP",
        "277, 407050600070106, PAT",
        "6e1, 55555554, PKRS",
        "c0000081, 23001000000000, STAR",
        "c0000082, ffffffff80108888, LSTAR",
        "c0000083, 1000, CSTAR",
        "c0000084, 257fd5, SFMASK",
        "c0000100, 7f0012345678, FS_BASE",
        "c0000101, ffff888000001000, GS_BASE",
        "c0000102, 7fffffffe000, KERNEL_GS_BASE",
        "c0000103, ffffffff, TSC_AUX",
        "3b, 8000000000000001, TSC_ADJUST",
        "1d9, 3, DEBUGCTL"
    })
    void holds(String msr, String value, MachineRegister register) {
        write(msr, value);
        assertThat(Long.toHexString(context.cpu().get(register))).isEqualTo(value);
        assertThat(read(msr)).isEqualTo(value);
    }

    @ParameterizedTest(name = "{0} refuses {1}")
    @CsvSource({
        "c0000082, " + NOT_CANONICAL,
        "c0000083, " + NOT_CANONICAL,
        "c0000100, " + NOT_CANONICAL,
        "c0000101, " + NOT_CANONICAL,
        "c0000102, " + NOT_CANONICAL,
        "175, " + NOT_CANONICAL,
        "176, " + NOT_CANONICAL,
        "6e1, 100000000",
        "c0000084, 100000000",
        "c0000103, 100000000",
        "277, 2",
        "277, 0300000000000000",
        "48, 8",
        "49, 2",
        "1b, fee00c00",
        "1b, fee00901",
        "12345, 0"
    })
    void refuses(String msr, String value) {
        assertRefused(msr, value);
    }

    @Test
    @DisplayName("an unknown MSR is #GP(0) to RDMSR; IA32_PRED_CMD can only be written")
    void unknown() {
        write("49", "1");
        for (String msr : new String[] {"12345", "49"}) {
            assertThatExceptionOfType(Fault.class).isThrownBy(() -> read(msr)).withMessage("#GP(0x0)");
        }
    }

    @ParameterizedTest(name = "{0} does not exist in a processor without the feature")
    @ValueSource(strings = {"6e1", "48", "49"})
    void processorModel(String msr) {
        context.processor = Processor.ORACLE_BOCHS;
        assertRefused(msr, "0");
        assertThatExceptionOfType(Fault.class).isThrownBy(() -> read(msr));
    }

    @Test
    @DisplayName("a write to the time-stamp counter moves IA32_TSC_ADJUST by as much, and the other way round")
    void timeStampCounter() {
        assertThat(read("10")).isEqualTo("123456789");
        assertThat(read("3b")).isEqualTo("0");
        write("10", "123456799");
        assertThat(read("10")).isEqualTo("123456799");
        assertThat(read("3b")).isEqualTo("10");
        context.ticks += 5;
        assertThat(read("10")).isEqualTo("12345679e");
        write("10", "0");
        assertThat(read("3b")).isEqualTo(Long.toHexString(-0x1_2345_678eL));
        write("3b", "ffffffffffffffff");
        assertThat(read("10")).isEqualTo("12345678d");
    }

    @Test
    @DisplayName("a model without IA32_TSC_ADJUST refuses it, and its time-stamp counter can be written all the same")
    void withoutTimeStampAdjust() {
        context.processor = Processor.ORACLE_QEMU;
        assertRefused("3b", "0");
        assertThatExceptionOfType(Fault.class).isThrownBy(() -> read("3b"));
        write("10", "7");
        assertThat(read("10")).isEqualTo("7");
    }

    @ParameterizedTest(name = "bit {0}")
    @ValueSource(ints = {2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 31, 32, 63})
    @DisplayName("IA32_DEBUGCTL has LBR and BTF; what else it may have elsewhere is reserved here")
    void debugControl(int bit) {
        write("1d9", "3");
        assertRefused("1d9", Long.toHexString(1L << bit));
        assertThat(read("1d9")).isEqualTo("3");
    }

    @Test
    @DisplayName("there is one bank of machine-check MSRs; what it reports can be cleared and not made up")
    void machineCheck() {
        assertThat(read("179")).isEqualTo("1");
        assertRefused("179", "1");
        for (String reporting : new String[] {"17a", "401", "402", "403"}) {
            assertThat(read(reporting)).isEqualTo("0");
            write(reporting, "0");
            assertRefused(reporting, "4");
        }
        write("400", "ffffffffffffffff");
        assertThat(read("400")).isEqualTo("ffffffffffffffff");
        for (String absent : new String[] {"17b", "404", "405", "406", "407"}) assertAbsent(absent);
        context.processor = Processor.ORACLE_BOCHS;
        for (String reporting : new String[] {"179", "17a", "400", "401", "402", "403"}) assertAbsent(reporting);
    }

    private void assertAbsent(String msr) {
        assertRefused(msr, "0");
        assertThatExceptionOfType(Fault.class).isThrownBy(() -> read(msr));
    }

    @ParameterizedTest(name = "bit {0}")
    @ValueSource(ints = {1, 2, 4, 5, 6, 8, 9, 10, 13, 14, 15, 17, 19, 20, 21, 24, 31, 32, 33, 35, 63})
    @DisplayName("IA32_MISC_ENABLE begins with fast strings and MONITOR, takes what it has, and nothing else")
    void miscellaneous(int bit) {
        assertThat(read("1a0")).isEqualTo("40001");
        write("1a0", "400c51889");
        assertRefused("1a0", Long.toHexString(1L << bit));
        assertThat(read("1a0")).isEqualTo("400c51889");
        context.processor = Processor.ORACLE_QEMU;
        assertAbsent("1a0");
    }

    @Test
    @DisplayName("IA32_MISC_ENABLE takes MONITOR away, EFER.NXE, and the leaves of CPUID above 3")
    void miscellaneousEffects() {
        write("1a0", "400400000");
        assertThatExceptionOfType(Fault.class).isThrownBy(() -> context.execute(Mnemonic.MWAIT));
        assertRefused("c0000080", "800");
        context.set(GeneralRegister.RAX, 0);
        context.execute(Mnemonic.CPUID);
        assertThat(context.get(GeneralRegister.RAX)).isEqualTo(3);
        context.set(GeneralRegister.RAX, 7);
        context.execute(Mnemonic.CPUID);
        assertThat(context.get(GeneralRegister.RBX)).isZero();
        context.set(GeneralRegister.RAX, 0x8000_0001L);
        context.execute(Mnemonic.CPUID);
        assertThat(context.get(GeneralRegister.RDX) >>> 20 & 1).isZero();
        context.set(GeneralRegister.RAX, 1);
        context.execute(Mnemonic.CPUID);
        assertThat(context.get(GeneralRegister.RCX) >>> 3 & 1).isZero();
    }

    @Test
    @DisplayName("IA32_PLATFORM_ID and IA32_BIOS_SIGN_ID read 0; the second is written before CPUID is asked")
    void microcode() {
        assertThat(read("17")).isEqualTo("0");
        assertThat(read("8b")).isEqualTo("0");
        write("8b", "0");
        assertRefused("17", "0");
    }

    @ParameterizedTest(name = "from {0} to {1}: {2}")
    @CsvSource({
        "fee00900, fee00100, true",
        "fee00900, fee00900, true",
        "fee00100, fee00900, true",
        "fee00900, 13fee00900, true",
        "fee00900, fee00d00, false",
        "fee00900, fee00901, false",
        "fee00900, 400000000900, false"
    })
    @DisplayName("IA32_APIC_BASE has no bit for x2APIC mode where there is no local APIC")
    void apicBase(String before, String after, boolean taken) {
        context.cpu().set(MachineRegister.APIC_BASE, Long.parseLong(before, 16));
        if (taken) write("1b", after);
        else assertRefused("1b", after);
        assertThat(read("1b")).isEqualTo(taken ? after : before);
        assertAbsent("802");
        assertAbsent("6e0");
    }

    @Nested
    @DisplayName("IA32_EFER")
    class ExtendedFeatures {

        @Test
        @DisplayName("LMA cannot be written, LME not while paging is on, reserved bits not at all")
        void checks() {
            assertRefused("c0000080", "f01");
            assertRefused("c0000080", "c01");
            write("c0000080", "901");
            assertThat(read("c0000080")).isEqualTo("d01");
            assertThat(context.calls).isEmpty();
        }

        @Test
        @DisplayName("a change of NXE drops translations")
        void noExecute() {
            write("c0000080", "501");
            assertThat(context.calls).containsExactly("flushTlb with global");
        }
    }

    @Nested
    @DisplayName("CPUID")
    class Identification {

        private void cpuid(long leaf, long subleaf) {
            context.set(GeneralRegister.RAX, leaf);
            context.set(GeneralRegister.RCX, subleaf);
            context.execute(Mnemonic.CPUID);
        }

        private boolean bit(GeneralRegister register, int number) {
            return (context.get(register) >>> number & 1) == 1;
        }

        @Test
        @DisplayName("leaf 0: vendor string and the highest leaf; upper halves are cleared")
        void vendor() {
            context.set(GeneralRegister.RBX, -1);
            cpuid(0, 0);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(13);
            assertThat(context.get(GeneralRegister.RBX)).isEqualTo(0x7061_7254L);
        }

        @Test
        @DisplayName("reports what the processor has")
        void features() {
            cpuid(1, 0);
            assertThat(bit(GeneralRegister.RCX, 3)).as("MONITOR").isTrue();
            assertThat(bit(GeneralRegister.RDX, 7)).as("MCE").isTrue();
            assertThat(bit(GeneralRegister.RDX, 14)).as("MCA").isTrue();
            assertThat(bit(GeneralRegister.RCX, 13)).as("CMPXCHG16B").isTrue();
            assertThat(bit(GeneralRegister.RCX, 23)).as("POPCNT").isTrue();
            cpuid(7, 0);
            assertThat(bit(GeneralRegister.RBX, 0)).as("FSGSBASE").isTrue();
            assertThat(bit(GeneralRegister.RBX, 1)).as("TSC_ADJUST").isTrue();
            assertThat(bit(GeneralRegister.RBX, 7)).as("SMEP").isTrue();
            assertThat(bit(GeneralRegister.RBX, 20)).as("SMAP").isTrue();
            assertThat(bit(GeneralRegister.RCX, 2)).as("UMIP").isTrue();
            assertThat(bit(GeneralRegister.RCX, 3)).as("PKU").isTrue();
            assertThat(bit(GeneralRegister.RCX, 16)).as("LA57").isTrue();
            assertThat(bit(GeneralRegister.RCX, 31)).as("PKS").isTrue();
            cpuid(0x8000_0001L, 0);
            assertThat(bit(GeneralRegister.RDX, 11)).as("SYSCALL").isTrue();
            assertThat(bit(GeneralRegister.RDX, 20)).as("NX").isTrue();
            assertThat(bit(GeneralRegister.RDX, 27)).as("RDTSCP").isTrue();
            assertThat(bit(GeneralRegister.RCX, 5)).as("LZCNT").isTrue();
        }

        @Test
        @DisplayName("OSPKE follows CR4.PKE, PKS the processor")
        void dynamic() {
            cpuid(7, 0);
            assertThat(bit(GeneralRegister.RCX, 4)).isTrue();
            context.cpu().set(MachineRegister.CR4, 0);
            context.processor = Processor.ORACLE_BOCHS;
            cpuid(7, 0);
            assertThat(bit(GeneralRegister.RCX, 4)).isFalse();
            assertThat(bit(GeneralRegister.RCX, 31)).isFalse();
            assertThat(bit(GeneralRegister.RBX, 1)).as("TSC_ADJUST").isFalse();
            cpuid(1, 0);
            assertThat(bit(GeneralRegister.RDX, 14)).as("MCA").isFalse();
            assertThat(bit(GeneralRegister.RCX, 3)).as("MONITOR").isFalse();
            cpuid(7, 1);
            assertThat(context.get(GeneralRegister.RBX)).isZero();
        }

        @Test
        @DisplayName("address widths, and the brand string in three leaves")
        void extended() {
            cpuid(0x8000_0008L, 0);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x392e);
            context.processor = Processor.ORACLE_QEMU;
            cpuid(0x8000_0008L, 0);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x3033);
            cpuid(7, 0);
            assertThat(bit(GeneralRegister.RCX, 16)).as("LA57").isFalse();
            cpuid(0x8000_0002L, 0);
            assertThat(context.get(GeneralRegister.RAX)).isEqualTo(0x7061_7254L);
            cpuid(0x8000_0004L, 0);
            assertThat(context.get(GeneralRegister.RDX)).isZero();
        }
    }
}
