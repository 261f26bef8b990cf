package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.DebugBits;
import dev.trapframe.emulator.state.Efer;
import dev.trapframe.emulator.state.MachineCheckBits;
import dev.trapframe.emulator.state.MiscEnable;

/**
 * RDMSR and WRMSR: which MSRs there are, and what may be written to them. Any other raises #GP(0).
 *
 * <p>Source: Intel SDM Vol. 4, "IA-32 Architectural MSRs"; Vol. 2B, RDMSR; Vol. 2D, WRMSR.
 */
final class ModelSpecificRegisters {

    private static final int TIME_STAMP_COUNTER = 0x10;
    private static final int APIC_BASE = 0x1b;
    private static final int PLATFORM_ID = 0x17;
    private static final int TSC_ADJUST = 0x3b;
    private static final int SPEC_CTRL = 0x48;
    private static final int PRED_CMD = 0x49;
    private static final int BIOS_SIGN_ID = 0x8b;
    private static final int SYSENTER_CS = 0x174;
    private static final int SYSENTER_ESP = 0x175;
    private static final int SYSENTER_EIP = 0x176;
    private static final int MCG_CAP = 0x179;
    private static final int MCG_STATUS = 0x17a;
    private static final int MISC_ENABLE = 0x1a0;
    private static final int DEBUGCTL = 0x1d9;
    private static final int PAT = 0x277;
    private static final int MC0_CTL = 0x400;
    private static final int MC0_STATUS = 0x401;
    private static final int MC0_ADDR = 0x402;
    private static final int MC0_MISC = 0x403;
    private static final int TSC_DEADLINE = 0x6e0;
    private static final int PKRS = 0x6e1;
    /** No supervisor state component exists, so it holds 0. */
    private static final int XSS = 0xda0;

    private static final int EFER = 0xc000_0080;
    private static final int STAR = 0xc000_0081;
    private static final int LSTAR = 0xc000_0082;
    private static final int CSTAR = 0xc000_0083;
    private static final int FMASK = 0xc000_0084;
    private static final int FS_BASE = 0xc000_0100;
    private static final int GS_BASE = 0xc000_0101;
    private static final int KERNEL_GS_BASE = 0xc000_0102;
    private static final int TSC_AUX = 0xc000_0103;

    /** The registers of the local APIC in x2APIC mode. */
    private static final int FIRST_X2APIC = 0x800;

    private static final int LAST_X2APIC = 0x8ff;

    private static final long EFER_WRITABLE = Efer.SCE | Efer.LME | Efer.NXE;
    private static final long SPEC_CTRL_WRITABLE = 0x7;
    /** LBR may be set, and there is no branch record to see it by; the other bits belong to features that CPUID denies. */
    private static final long DEBUGCTL_WRITABLE = DebugBits.DEBUGCTL_LBR | DebugBits.DEBUGCTL_BTF;
    /**
     * Fast strings, thermal control, performance monitoring, no branch trace storage, no precise events, SpeedStep, MONITOR,
     * the CPUID limit, xTPR messages, and no execute-disable: of these only MONITOR, the limit and execute-disable have effects.
     */
    private static final long MISC_ENABLE_WRITABLE = 0x4_00c5_1889L;

    private static final long APIC_BASE_BSP = 1L << 8;
    private static final long APIC_BASE_X2APIC = 1L << 10;
    private static final long APIC_BASE_ENABLED = 1L << 11;

    private static final int PAGE_SHIFT = 12;
    /** Memory types that a byte of IA32_PAT may hold, as bits: UC, WC, WT, WP, WB, UC-. */
    private static final int PAT_TYPES = 1 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7;

    private ModelSpecificRegisters() {}

    /** #GP(0) above CPL 0 or if ECX names no MSR. Source: Intel SDM Vol. 2B, RDMSR. */
    static void rdmsr(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        CpuState cpu = context.cpu();
        long value = read(context, (int) cpu.general(GeneralRegister.RCX.ordinal()));
        Registers.write(cpu, GeneralRegister.RAX, Integer.BYTES, value);
        Registers.write(cpu, GeneralRegister.RDX, Integer.BYTES, value >>> Integer.SIZE);
    }

    private static long read(Context context, int index) {
        return switch (index) {
            case TIME_STAMP_COUNTER -> timeStampCounter(context);
            case XSS, PLATFORM_ID, BIOS_SIGN_ID -> 0;
            case MCG_CAP -> machineCheckCapabilities(context);
            case TSC_DEADLINE -> deadline(context);
            default ->
                isX2Apic(index)
                        ? context.localApic().read(index)
                        : context.cpu().get(registerOf(context, index));
        };
    }

    private static boolean isX2Apic(int index) {
        return index >= FIRST_X2APIC && index <= LAST_X2APIC;
    }

    private static long deadline(Context context) {
        Checks.require(context.localApic().isAttached());
        return context.localApic().deadline();
    }

    private static void setDeadline(Context context, long value) {
        Checks.require(context.localApic().isAttached());
        long ticksAtValue = value - context.cpu().get(MachineRegister.TSC_ADJUST);
        // A value that the counter has passed long ago is due at once.
        context.localApic().setDeadline(value, Math.max(0, ticksAtValue));
    }

    /** The ticks and what was added to them. Source: Intel SDM Vol. 3B, "Time-Stamp Counter Adjustment". */
    static long timeStampCounter(Context context) {
        return context.ticks() + context.cpu().get(MachineRegister.TSC_ADJUST);
    }

    /** Source: Intel SDM Vol. 3B, "Machine-Check Global Control MSRs". */
    private static long machineCheckCapabilities(Context context) {
        Checks.require(context.processor().hasMachineCheckArchitecture());
        return MachineCheckBits.MCG_CAP;
    }

    /**
     * #GP(0) above CPL 0, if ECX names no MSR, on reserved bits, and on addresses that are not canonical.
     *
     * <p>Source: Intel SDM Vol. 2D, WRMSR.
     */
    static void wrmsr(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        CpuState cpu = context.cpu();
        int index = (int) cpu.general(GeneralRegister.RCX.ordinal());
        long low = Registers.read(cpu, GeneralRegister.RAX, Integer.BYTES);
        long value = cpu.general(GeneralRegister.RDX.ordinal()) << Integer.SIZE | low;
        switch (index) {
            case TIME_STAMP_COUNTER -> cpu.set(MachineRegister.TSC_ADJUST, value - context.ticks());
            case APIC_BASE -> setApicBase(context, value);
            case TSC_DEADLINE -> setDeadline(context, value);
            case PRED_CMD -> Checks.require(context.processor().hasSpeculationControl() && value >>> 1 == 0);
            case XSS -> Checks.require(value == 0);
            case BIOS_SIGN_ID -> {
                // Software writes 0 and asks CPUID for the revision of a microcode that is not there.
            }
            case EFER -> setEfer(context, value);
            default -> {
                if (isX2Apic(index)) context.localApic().write(index, value);
                else setPlain(context, registerOf(context, index), value);
            }
        }
    }

    private static void setPlain(Context context, MachineRegister register, long value) {
        Checks.require(isValid(context, register, value));
        context.cpu().set(register, value);
    }

    private static MachineRegister registerOf(Context context, int index) {
        Processor processor = context.processor();
        return switch (index) {
            case APIC_BASE -> MachineRegister.APIC_BASE;
            case SPEC_CTRL -> existing(processor.hasSpeculationControl(), MachineRegister.SPEC_CTRL);
            case MISC_ENABLE -> existing(processor.hasMiscellaneousEnable(), MachineRegister.MISC_ENABLE);
            case MCG_STATUS -> existing(processor.hasMachineCheckArchitecture(), MachineRegister.MCG_STATUS);
            case MC0_CTL -> existing(processor.hasMachineCheckArchitecture(), MachineRegister.MC0_CTL);
            case MC0_STATUS -> existing(processor.hasMachineCheckArchitecture(), MachineRegister.MC0_STATUS);
            case MC0_ADDR -> existing(processor.hasMachineCheckArchitecture(), MachineRegister.MC0_ADDR);
            case MC0_MISC -> existing(processor.hasMachineCheckArchitecture(), MachineRegister.MC0_MISC);
            case TSC_ADJUST -> existing(processor.hasTimeStampAdjust(), MachineRegister.TSC_ADJUST);
            case DEBUGCTL -> MachineRegister.DEBUGCTL;
            case SYSENTER_CS -> MachineRegister.SYSENTER_CS;
            case SYSENTER_ESP -> MachineRegister.SYSENTER_ESP;
            case SYSENTER_EIP -> MachineRegister.SYSENTER_EIP;
            case PAT -> MachineRegister.PAT;
            case PKRS -> existing(processor.hasSupervisorKeys(), MachineRegister.PKRS);
            case EFER -> MachineRegister.EFER;
            case STAR -> MachineRegister.STAR;
            case LSTAR -> MachineRegister.LSTAR;
            case CSTAR -> MachineRegister.CSTAR;
            case FMASK -> MachineRegister.SFMASK;
            case FS_BASE -> MachineRegister.FS_BASE;
            case GS_BASE -> MachineRegister.GS_BASE;
            case KERNEL_GS_BASE -> MachineRegister.KERNEL_GS_BASE;
            case TSC_AUX -> MachineRegister.TSC_AUX;
            default -> throw Checks.generalProtection();
        };
    }

    private static MachineRegister existing(boolean exists, MachineRegister register) {
        Checks.require(exists);
        return register;
    }

    private static boolean isValid(Context context, MachineRegister register, long value) {
        return switch (register) {
            case SYSENTER_ESP, SYSENTER_EIP, LSTAR, CSTAR, FS_BASE, GS_BASE, KERNEL_GS_BASE ->
                context.cpu().isCanonical(value);
            case SYSENTER_CS, SFMASK, TSC_AUX, PKRS -> value >>> Integer.SIZE == 0;
            case SPEC_CTRL -> (value & ~SPEC_CTRL_WRITABLE) == 0;
            case DEBUGCTL -> (value & ~DEBUGCTL_WRITABLE) == 0;
            case MISC_ENABLE -> (value & ~MISC_ENABLE_WRITABLE) == 0;
            // What a machine check left can only be cleared.
            case MCG_STATUS, MC0_STATUS, MC0_ADDR, MC0_MISC -> value == 0;
            case PAT -> isPageAttributeTable(value);
            default -> true;
        };
    }

    /** Source: Intel SDM Vol. 3A, "Local APIC Status and Location", "x2APIC State Transitions". */
    private static void setApicBase(Context context, long value) {
        CpuState cpu = context.cpu();
        long before = cpu.get(MachineRegister.APIC_BASE);
        long flags = APIC_BASE_BSP | APIC_BASE_ENABLED;
        if (context.localApic().isAttached()) flags |= APIC_BASE_X2APIC;
        long belowBase = value & (1 << PAGE_SHIFT) - 1;
        Checks.require(
                (belowBase & ~flags) == 0 && value >>> context.processor().physicalAddressBits() == 0);
        Checks.require(isApicTransition(before, value));
        cpu.set(MachineRegister.APIC_BASE, value);
        context.localApic().baseChanged(before);
    }

    /** x2APIC mode is reached from xAPIC mode alone, and left by switching the APIC off. */
    private static boolean isApicTransition(long before, long after) {
        boolean wasOn = (before & APIC_BASE_ENABLED) != 0;
        boolean isOn = (after & APIC_BASE_ENABLED) != 0;
        boolean wasX2Apic = (before & APIC_BASE_X2APIC) != 0;
        boolean isX2Apic = (after & APIC_BASE_X2APIC) != 0;
        if (isX2Apic && (!isOn || !wasOn)) return false;
        return !(wasX2Apic && isOn && !isX2Apic);
    }

    private static boolean isPageAttributeTable(long value) {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            int type = (int) (value >>> shift) & 0xff;
            if (type >= Byte.SIZE || !Width.bit(PAT_TYPES, type)) return false;
        }
        return true;
    }

    /** LMA is read-only; LME cannot change while paging is on. */
    private static void setEfer(Context context, long value) {
        CpuState cpu = context.cpu();
        long before = cpu.get(MachineRegister.EFER);
        boolean paging = (cpu.get(MachineRegister.CR0) & Cr0.PG) != 0;
        boolean executeDisable = (cpu.get(MachineRegister.MISC_ENABLE) & MiscEnable.NO_EXECUTE_DISABLE) == 0;
        Checks.require((value & ~(EFER_WRITABLE | Efer.LMA)) == 0);
        Checks.require(executeDisable || (value & Efer.NXE) == 0);
        Checks.require(!paging || ((value ^ before) & Efer.LME) == 0);
        cpu.set(MachineRegister.EFER, value & EFER_WRITABLE | before & Efer.LMA);
        if (((value ^ before) & Efer.NXE) != 0) context.flushTlb(true);
    }
}
