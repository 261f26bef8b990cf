package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.MiscEnable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * CPUID: the same answers in every run. A feature is reported if its instructions are emulated; x87, MMX and SSE, of which
 * only moves and the saving of state are, are not.
 *
 * <p>Source: Intel SDM Vol. 2A, CPUID.
 */
final class ProcessorIdentification {

    private static final int HIGHEST_BASIC = 0xd;
    private static final int HIGHEST_EXTENDED = 0x8000_0008;
    private static final String VENDOR = "TrapframeCPU";
    private static final String BRAND = "Trapframe teaching processor";
    private static final int BRAND_BYTES = 48;

    /** Family 6, model 0, stepping 0. */
    private static final int SIGNATURE = 0x600;
    /** Bits 15 to 8: CLFLUSH line size in 8 bytes; 23 to 16: one logical processor. */
    private static final int ONE_PROCESSOR = 1 << 16 | 8 << 8;

    private static final int LINEAR_ADDRESS_BITS = 48;
    private static final int LINEAR_ADDRESS_BITS_5_LEVEL = 57;
    private static final int LA57 = bits(16);

    /** VME DE PSE TSC MSR PAE MCE CX8 SEP PGE CMOV PAT PSE-36 CLFSH FXSR. */
    private static final int FEATURES_EDX = bits(1, 2, 3, 4, 5, 6, 7, 8, 11, 13, 15, 16, 17, 19, 24);

    /** Reported while IA32_APIC_BASE says that it is on. */
    private static final int APIC = bits(9);

    private static final long APIC_BASE_ENABLED = 1L << 11;
    private static final int X2APIC = bits(21);
    private static final int TSC_DEADLINE = bits(24);
    private static final int HIGHEST_BASIC_LIMITED = 3;
    /** Leaf 0xb, subleaf 0: threads of a core, of which there is one. */
    private static final int TOPOLOGY_THREADS = 1 << 8;

    private static final int TOPOLOGY_CORES = 2 << 8;
    private static final int NX = bits(20);
    /** CMPXCHG16B PCID MOVBE POPCNT XSAVE. */
    private static final int FEATURES_ECX = bits(13, 17, 22, 23, 26);

    private static final int OSXSAVE = bits(27);

    /** XSAVEOPT, XSAVEC, XGETBV with ECX = 1, XSAVES. */
    private static final int XSAVE_FEATURES = bits(0, 1, 2, 3);

    private static final int PKRU_COMPONENT = 9;
    /** FSGSBASE BMI1 SMEP BMI2 ADX SMAP CLFLUSHOPT CLWB, no FPU CS and DS. */
    private static final int STRUCTURED_EBX = bits(0, 3, 7, 8, 13, 19, 20, 23, 24);
    /** UMIP PKU RDPID. */
    private static final int STRUCTURED_ECX = bits(2, 3, 22);

    private static final int OSPKE = bits(4);
    private static final int TSC_ADJUST = bits(1);
    private static final int INVPCID = bits(10);
    private static final int MCA = bits(14);
    private static final int MONITOR = bits(3);
    private static final int MONITOR_LINE_BYTES = 64;
    /** ECX of MWAIT is described, and may let masked interrupts end the wait. */
    private static final int MWAIT_EXTENSIONS = bits(0, 1);
    /** One kind of C1, which HLT enters too. */
    private static final int MWAIT_C1 = bits(4);

    private static final int PKS = bits(31);
    private static final int SPECULATION_CONTROL = bits(26);
    /** LAHF in 64-bit mode, LZCNT. */
    private static final int EXTENDED_ECX = bits(0, 5);
    /** SYSCALL NX, pages of 1 GiB, RDTSCP and long mode. */
    private static final int EXTENDED_EDX = bits(11, 20, 26, 27, 29);
    /** WBNOINVD. */
    private static final int EXTENDED_EBX_8 = bits(9);

    private ProcessorIdentification() {}

    private record Leaf(int eax, int ebx, int ecx, int edx) {}

    /**
     * Answers leaf EAX, subleaf ECX. A leaf above the highest basic one answers as that.
     *
     * <p>Source: Intel SDM Vol. 2A, CPUID.
     */
    static void cpuid(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int leaf = (int) cpu.general(GeneralRegister.RAX.ordinal());
        boolean beyondLimit = leaf > HIGHEST_BASIC_LIMITED && isSet(cpu, MiscEnable.LIMIT_CPUID);
        if (beyondLimit) leaf = HIGHEST_BASIC_LIMITED;
        Leaf answer = leaf(leaf, (int) cpu.general(GeneralRegister.RCX.ordinal()), context);
        Registers.write(cpu, GeneralRegister.RAX, Integer.BYTES, answer.eax());
        Registers.write(cpu, GeneralRegister.RBX, Integer.BYTES, answer.ebx());
        Registers.write(cpu, GeneralRegister.RCX, Integer.BYTES, answer.ecx());
        Registers.write(cpu, GeneralRegister.RDX, Integer.BYTES, answer.edx());
    }

    private static Leaf leaf(int number, int subleaf, Context context) {
        return switch (number) {
            case 0 -> vendor(context.cpu());
            case 1 -> features(context);
            case 5 -> monitor(context.processor());
            case 0xb -> topology(subleaf, context);
            case 2, 3, 4, 6, 8, 9, 0xa, 0xc -> new Leaf(0, 0, 0, 0);
            case 0x8000_0000 -> new Leaf(HIGHEST_EXTENDED, 0, 0, 0);
            case 0x8000_0001 -> extendedFeatures(context.cpu());
            case 0x8000_0002, 0x8000_0003, 0x8000_0004 -> brand(number & 0xf);
            case 0x8000_0005, 0x8000_0006, 0x8000_0007 -> new Leaf(0, 0, 0, 0);
            case HIGHEST_EXTENDED -> addressSizes(context.processor());
            case 7 -> structuredFeatures(subleaf, context);
            default -> extendedState(subleaf, context);
        };
    }

    /** One thread of one core, with x2APIC ID 0; all zero without an APIC that has that mode. */
    private static Leaf topology(int subleaf, Context context) {
        if (!context.localApic().isAttached()) return new Leaf(0, 0, 0, 0);
        return switch (subleaf) {
            case 0 -> new Leaf(0, 1, TOPOLOGY_THREADS, 0);
            case 1 -> new Leaf(0, 1, TOPOLOGY_CORES | 1, 0);
            default -> new Leaf(0, 0, subleaf & 0xff, 0);
        };
    }

    private static Leaf extendedFeatures(CpuState cpu) {
        int edx = isSet(cpu, MiscEnable.NO_EXECUTE_DISABLE) ? EXTENDED_EDX & ~NX : EXTENDED_EDX;
        return new Leaf(0, 0, EXTENDED_ECX, edx);
    }

    private static boolean isSet(CpuState cpu, long miscEnableBit) {
        return (cpu.get(MachineRegister.MISC_ENABLE) & miscEnableBit) != 0;
    }

    private static Leaf vendor(CpuState cpu) {
        ByteBuffer text =
                ByteBuffer.wrap(VENDOR.getBytes(StandardCharsets.US_ASCII)).order(ByteOrder.LITTLE_ENDIAN);
        int ebx = text.getInt();
        int edx = text.getInt();
        int highest = isSet(cpu, MiscEnable.LIMIT_CPUID) ? HIGHEST_BASIC_LIMITED : HIGHEST_BASIC;
        return new Leaf(highest, ebx, text.getInt(), edx);
    }

    /** A third of the 48 bytes of the brand string; leaf 2 is the first. */
    private static Leaf brand(int leaf) {
        ByteBuffer text = ByteBuffer.allocate(BRAND_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        text.put(BRAND.getBytes(StandardCharsets.US_ASCII));
        text.position((leaf - 2) * BRAND_BYTES / 3);
        return new Leaf(text.getInt(), text.getInt(), text.getInt(), text.getInt());
    }

    private static Leaf addressSizes(Processor processor) {
        int linear = processor.hasFiveLevelPaging() ? LINEAR_ADDRESS_BITS_5_LEVEL : LINEAR_ADDRESS_BITS;
        return new Leaf(processor.physicalAddressBits() | linear << Byte.SIZE, EXTENDED_EBX_8, 0, 0);
    }

    private static Leaf features(Context context) {
        boolean enabled = (context.cpu().get(MachineRegister.CR4) & Cr4.OSXSAVE) != 0;
        boolean apic = (context.cpu().get(MachineRegister.APIC_BASE) & APIC_BASE_ENABLED) != 0;
        boolean monitor = context.processor().hasMonitor() && isSet(context.cpu(), MiscEnable.MONITOR);
        int edx = FEATURES_EDX | (context.processor().hasMachineCheckArchitecture() ? MCA : 0) | (apic ? APIC : 0);
        int ecx = FEATURES_ECX | (monitor ? MONITOR : 0) | (enabled ? OSXSAVE : 0);
        if (context.localApic().isAttached()) ecx |= X2APIC | TSC_DEADLINE;
        return new Leaf(SIGNATURE, ONE_PROCESSOR, ecx, edx);
    }

    private static Leaf monitor(Processor processor) {
        if (!processor.hasMonitor()) return new Leaf(0, 0, 0, 0);
        return new Leaf(MONITOR_LINE_BYTES, MONITOR_LINE_BYTES, MWAIT_EXTENSIONS, MWAIT_C1);
    }

    /** Sizes and offsets of {@link ExtendedState}'s areas. */
    private static Leaf extendedState(int subleaf, Context context) {
        long enabled = context.cpu().get(MachineRegister.XCR0);
        int standard = ExtendedState.sizeBytes(enabled, false);
        int largest = ExtendedState.sizeBytes(ExtendedState.SUPPORTED, false);
        return switch (subleaf) {
            case 0 -> new Leaf((int) ExtendedState.SUPPORTED, standard, largest, 0);
            case 1 -> new Leaf(XSAVE_FEATURES, ExtendedState.sizeBytes(enabled, true), 0, 0);
            case PKRU_COMPONENT -> new Leaf(ExtendedState.PKRU_SIZE_BYTES, ExtendedState.PKRU_OFFSET, 0, 0);
            default -> new Leaf(0, 0, 0, 0);
        };
    }

    private static Leaf structuredFeatures(int subleaf, Context context) {
        if (subleaf != 0) return new Leaf(0, 0, 0, 0);
        boolean keysEnabled = (context.cpu().get(MachineRegister.CR4) & Cr4.PKE) != 0;
        int ecx = STRUCTURED_ECX | (keysEnabled ? OSPKE : 0);
        if (context.processor().hasSupervisorKeys()) ecx |= PKS;
        if (context.processor().hasFiveLevelPaging()) ecx |= LA57;
        int edx = context.processor().hasSpeculationControl() ? SPECULATION_CONTROL : 0;
        int ebx = STRUCTURED_EBX;
        if (context.processor().hasTimeStampAdjust()) ebx |= TSC_ADJUST;
        if (context.processor().hasInvpcid()) ebx |= INVPCID;
        return new Leaf(0, ebx, ecx, edx);
    }

    private static int bits(int... numbers) {
        int mask = 0;
        for (int number : numbers) mask |= 1 << number;
        return mask;
    }
}
