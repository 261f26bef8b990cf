package dev.trapframe.emulator.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.state.Cr4;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Source: Intel SDM Vol. 2A, "CPUID", table "Information Returned by CPUID Instruction". */
@DisplayName("CPUID answers every leaf in full:")
class ProcessorIdentificationTest {

    private final TestContext context = new TestContext();

    /** EAX, EBX, ECX, EDX. */
    private long[] cpuid(long leaf, long subleaf) {
        context.set(GeneralRegister.RAX, 0xaaaa_aaaa_0000_0000L | leaf);
        context.set(GeneralRegister.RBX, -1);
        context.set(GeneralRegister.RCX, 0xcccc_cccc_0000_0000L | subleaf);
        context.set(GeneralRegister.RDX, -1);
        context.execute(Mnemonic.CPUID);
        return new long[] {
            context.get(GeneralRegister.RAX),
            context.get(GeneralRegister.RBX),
            context.get(GeneralRegister.RCX),
            context.get(GeneralRegister.RDX)
        };
    }

    private static long bits(String numbers) {
        long mask = 0;
        for (String number : numbers.split(" ")) {
            if (!number.isEmpty()) mask |= 1L << Integer.parseInt(number);
        }
        return mask;
    }

    private static String text(long... registers) {
        StringBuilder text = new StringBuilder();
        for (long register : registers) {
            byte[] bytes = new byte[4];
            for (int i = 0; i < 4; i++) bytes[i] = (byte) (register >>> 8 * i);
            text.append(new String(bytes, StandardCharsets.US_ASCII));
        }
        return text.toString();
    }

    @Test
    @DisplayName("the vendor in EBX, EDX, ECX and the brand in 48 bytes")
    void names() {
        long[] vendor = cpuid(0, 0);
        assertThat(vendor[0]).isEqualTo(0xd);
        assertThat(text(vendor[1], vendor[3], vendor[2])).isEqualTo("TrapframeCPU");
        String brand = text(cpuid(0x8000_0002L, 0)) + text(cpuid(0x8000_0003L, 0)) + text(cpuid(0x8000_0004L, 0));
        assertThat(brand).isEqualTo("Trapframe teaching processor" + "\0".repeat(20));
    }

    @Test
    @DisplayName("leaf 1: family 6, lines of 64 bytes, one processor, features")
    void features() {
        context.cpu().set(MachineRegister.APIC_BASE, 0xfee0_0900L);
        // MONITOR 3, CMPXCHG16B 13, PCID 17, MOVBE 22, POPCNT 23, XSAVE 26, OSXSAVE 27
        // VME DE PSE TSC MSR PAE MCE CX8 APIC 1 to 9, SEP 11, PGE 13, MCA 14, CMOV 15, PAT 16, PSE-36 17, CLFSH 19,
        // FXSR 24
        long edx = bits("1 2 3 4 5 6 7 8 9 11 13 14 15 16 17 19 24");
        context.cpu().set(MachineRegister.CR4, 0x6a1);
        assertThat(cpuid(1, 0)).containsExactly(0x600, 0x1_0800, bits("3 13 17 22 23 26"), edx);
        context.cpu().set(MachineRegister.CR4, 0x6a0 | Cr4.OSXSAVE);
        assertThat(cpuid(1, 0)).containsExactly(0x600, 0x1_0800, bits("3 13 17 22 23 26 27"), edx);
        context.cpu().set(MachineRegister.APIC_BASE, 0xfee0_0100L);
        assertThat(cpuid(1, 0)[3]).as("while the APIC is off").isEqualTo(edx & ~(1L << 9));
        context.cpu().set(MachineRegister.APIC_BASE, 0xfee0_0900L);
        context.processor = Processor.ORACLE_BOCHS;
        assertThat(cpuid(1, 0)[3]).isEqualTo(edx & ~(1L << 14));
        assertThat(cpuid(1, 0)[2]).isEqualTo(bits("13 17 22 23 26 27"));
    }

    @ParameterizedTest
    @EnumSource(Processor.class)
    @DisplayName("leaf 7: structured features, of the processor that the state names")
    void structuredFeatures(Processor processor) {
        context.processor = processor;
        // FSGSBASE 0, BMI1 3, SMEP 7, BMI2 8, INVPCID 10, no FPU CS and DS 13, ADX 19, SMAP 20, CLFLUSHOPT 23, CLWB 24
        // TSC_ADJUST 1
        long ebx = bits("0 3 7 8 13 19 20 23 24"
                + (processor == Processor.TRAPFRAME ? " 1" : "")
                + (processor == Processor.ORACLE_QEMU ? "" : " 10"));
        // UMIP 2, PKU 3, OSPKE 4, LA57 16, RDPID 22, PKS 31; EDX: speculation control 26
        String model = switch (processor) {
            case TRAPFRAME -> " 16 31";
            case ORACLE_QEMU -> " 31";
            case ORACLE_BOCHS -> "";
        };
        long edx = processor == Processor.ORACLE_BOCHS ? 0 : 1L << 26;
        context.cpu().set(MachineRegister.CR4, 0x6a1);
        assertThat(cpuid(7, 0)).containsExactly(0, ebx, bits("2 3 22" + model), edx);
        context.cpu().set(MachineRegister.CR4, 0x6a0 | Cr4.PKE);
        assertThat(cpuid(7, 0)).containsExactly(0, ebx, bits("2 3 4 22" + model), edx);
        assertThat(cpuid(7, 1)).containsOnly(0);
    }

    @ParameterizedTest(name = "XCR0 {0}: {1} and {2} bytes")
    @CsvSource({"0x1, 576, 576", "0x3, 576, 576", "0x201, 2696, 584", "0x203, 2696, 584"})
    @DisplayName("leaf 0DH: sizes of the areas for what XCR0 has; components of which there is no such are 0")
    void extendedState(String xcr0, long standard, long compacted) {
        context.cpu().set(MachineRegister.XCR0, Long.decode(xcr0));
        assertThat(cpuid(0xd, 0)).containsExactly(0x203, standard, 2696, 0);
        assertThat(cpuid(0xd, 1)).containsExactly(0xf, compacted, 0, 0);
        assertThat(cpuid(0xd, 9)).containsExactly(8, 0xa80, 0, 0);
        for (int subleaf : new int[] {2, 3, 8, 10, 63})
            assertThat(cpuid(0xd, subleaf)).containsOnly(0);
    }

    @Test
    @DisplayName("extended leaves: highest, features, address sizes")
    void extendedLeaves() {
        assertThat(cpuid(0x8000_0000L, 0)).containsExactly(0x8000_0008L, 0, 0, 0);
        // LAHF 0, LZCNT 5; SYSCALL 11, NX 20, 1 GiB pages 26, RDTSCP 27, long mode 29
        assertThat(cpuid(0x8000_0001L, 0)).containsExactly(0, 0, bits("0 5"), bits("11 20 26 27 29"));
        assertThat(cpuid(0x8000_0008L, 0)).containsExactly(57 << 8 | 46, 1 << 9, 0, 0);
        context.processor = Processor.ORACLE_QEMU;
        assertThat(cpuid(0x8000_0008L, 0)).containsExactly(48 << 8 | 51, 1 << 9, 0, 0);
    }

    @Test
    @DisplayName("leaf 5: MONITOR's line of 64 bytes, MWAIT's two extensions and C1, where the processor has them")
    void monitor() {
        assertThat(cpuid(5, 0)).containsExactly(64, 64, 3, 1 << 4);
        context.processor = Processor.ORACLE_QEMU;
        assertThat(cpuid(5, 0)).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 3, 4, 6, 8, 9, 0xa, 0xb, 0xc, 0x8000_0005L, 0x8000_0006L, 0x8000_0007L})
    @DisplayName("leaves without content are 0")
    void empty(long leaf) {
        assertThat(cpuid(leaf, 0)).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {0xe, 0x16, 0x4000_0000L, 0x8000_0009L, 0xffff_ffffL})
    @DisplayName("a leaf beyond the highest answers as the highest basic one")
    void beyond(long leaf) {
        assertThat(cpuid(leaf, 9)).containsExactly(8, 0xa80, 0, 0);
    }
}
