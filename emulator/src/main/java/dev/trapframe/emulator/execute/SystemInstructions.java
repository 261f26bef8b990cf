package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.MiscEnable;

/** System instructions that have no class of their own. Source: Intel SDM Vol. 1, "System Instructions". */
final class SystemInstructions {

    private static final int PCID_BITS = 12;
    private static final int INVPCID_TYPES = 4;
    private static final long MWAIT_MASKED_INTERRUPTS = 1;

    private SystemInstructions() {}

    /** #GP(0) above CPL 0. Source: Intel SDM Vol. 2A, HLT. */
    static void hlt(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        context.halt();
    }

    /**
     * #UD above CPL 0 or if the model has none, #GP(0) unless ECX is 0; then what a read of one byte at DS:RAX faults
     * with. Source: Intel SDM Vol. 2B, MONITOR.
     */
    static void monitor(Instruction instruction, Context context) {
        requireMonitor(context);
        CpuState cpu = context.cpu();
        Checks.require(extensions(cpu) == 0);
        SegmentRegister override = instruction.segmentOverride();
        long offset = Registers.read(cpu, GeneralRegister.RAX, instruction.addressSizeBytes());
        context.load(override == null ? SegmentRegister.DS : override, offset, Byte.BYTES);
        context.armMonitor();
    }

    /**
     * #UD above CPL 0 or if the model has none, #GP(0) if ECX has other bits than 0: with that one, masked interrupts end
     * the wait too. The hints in EAX are not looked at. Source: Intel SDM Vol. 2B, MWAIT.
     */
    static void mwait(Instruction instruction, Context context) {
        requireMonitor(context);
        long extensions = extensions(context.cpu());
        Checks.require((extensions & ~MWAIT_MASKED_INTERRUPTS) == 0);
        context.waitMonitored(extensions == MWAIT_MASKED_INTERRUPTS);
    }

    private static long extensions(CpuState cpu) {
        return Registers.read(cpu, GeneralRegister.RCX, cpu.in64BitMode() ? Long.BYTES : Integer.BYTES);
    }

    private static void requireMonitor(Context context) {
        boolean enabled = (context.cpu().get(MachineRegister.MISC_ENABLE) & MiscEnable.MONITOR) != 0;
        Checks.requireValid(
                context.processor().hasMonitor() && enabled && context.cpu().cpl() == 0);
    }

    /** #GP(0) above CPL 0. Source: Intel SDM Vol. 2B, SWAPGS. */
    static void swapgs(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        CpuState cpu = context.cpu();
        long gsBase = cpu.get(MachineRegister.GS_BASE);
        long kernelGsBase = cpu.get(MachineRegister.KERNEL_GS_BASE);
        cpu.set(MachineRegister.GS_BASE, kernelGsBase);
        cpu.set(MachineRegister.KERNEL_GS_BASE, gsBase);
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.GsBasesSwapped(kernelGsBase, gsBase));
    }

    /** #UD without CR4.FSGSBASE. Source: Intel SDM Vol. 2B, RDFSBASE/RDGSBASE. */
    static void rdfsbase(Instruction instruction, Context context) {
        readBase(instruction, context, MachineRegister.FS_BASE);
    }

    /** #UD without CR4.FSGSBASE. Source: Intel SDM Vol. 2B, RDFSBASE/RDGSBASE. */
    static void rdgsbase(Instruction instruction, Context context) {
        readBase(instruction, context, MachineRegister.GS_BASE);
    }

    private static void readBase(Instruction instruction, Context context, MachineRegister base) {
        Checks.requireValid(ControlRegisters.isSet(context.cpu(), Cr4.FSGSBASE));
        context.write(instruction.operand(0), context.cpu().get(base));
    }

    /** #UD without CR4.FSGSBASE, #GP(0) if not canonical. Source: Intel SDM Vol. 2D, WRFSBASE/WRGSBASE. */
    static void wrfsbase(Instruction instruction, Context context) {
        writeBase(instruction, context, MachineRegister.FS_BASE);
    }

    /** #UD without CR4.FSGSBASE, #GP(0) if not canonical. Source: Intel SDM Vol. 2D, WRFSBASE/WRGSBASE. */
    static void wrgsbase(Instruction instruction, Context context) {
        writeBase(instruction, context, MachineRegister.GS_BASE);
    }

    private static void writeBase(Instruction instruction, Context context, MachineRegister base) {
        Checks.requireValid(ControlRegisters.isSet(context.cpu(), Cr4.FSGSBASE));
        long value = context.read(instruction.operand(0));
        Checks.requireCanonical(context, value);
        context.cpu().set(base, value);
    }

    /** #UD without CR4.PKE, #GP(0) unless ECX is 0. Source: Intel SDM Vol. 2B, RDPKRU. */
    static void rdpkru(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        Checks.requireValid(ControlRegisters.isSet(cpu, Cr4.PKE));
        Checks.require(Registers.read(cpu, GeneralRegister.RCX, Integer.BYTES) == 0);
        Registers.write(cpu, GeneralRegister.RAX, Integer.BYTES, cpu.get(MachineRegister.PKRU));
        Registers.write(cpu, GeneralRegister.RDX, Integer.BYTES, 0);
    }

    /** #UD without CR4.PKE, #GP(0) unless ECX and EDX are 0. Source: Intel SDM Vol. 2D, WRPKRU. */
    static void wrpkru(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        Checks.requireValid(ControlRegisters.isSet(cpu, Cr4.PKE));
        Checks.require(Registers.read(cpu, GeneralRegister.RCX, Integer.BYTES) == 0);
        Checks.require(Registers.read(cpu, GeneralRegister.RDX, Integer.BYTES) == 0);
        cpu.set(MachineRegister.PKRU, Registers.read(cpu, GeneralRegister.RAX, Integer.BYTES));
    }

    /** Counts ticks, from where WRMSR set it. #GP(0) above CPL 0 with CR4.TSD. Source: Intel SDM Vol. 2B, RDTSC. */
    static void rdtsc(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        Checks.require(cpu.cpl() == 0 || !ControlRegisters.isSet(cpu, Cr4.TSD));
        long counter = ModelSpecificRegisters.timeStampCounter(context);
        Registers.write(cpu, GeneralRegister.RAX, Integer.BYTES, counter);
        Registers.write(cpu, GeneralRegister.RDX, Integer.BYTES, counter >>> Integer.SIZE);
    }

    /** RDTSC, and IA32_TSC_AUX in ECX. Source: Intel SDM Vol. 2B, RDTSCP. */
    static void rdtscp(Instruction instruction, Context context) {
        rdtsc(instruction, context);
        CpuState cpu = context.cpu();
        Registers.write(cpu, GeneralRegister.RCX, Integer.BYTES, cpu.get(MachineRegister.TSC_AUX));
    }

    /** Source: Intel SDM Vol. 2B, RDPID. */
    static void rdpid(Instruction instruction, Context context) {
        context.write(instruction.operand(0), context.cpu().get(MachineRegister.TSC_AUX));
    }

    /** There are no performance counters, so ECX never names one: #GP(0). Source: Intel SDM Vol. 2B, RDPMC. */
    static void rdpmc(Instruction instruction, Context context) {
        throw Checks.generalProtection();
    }

    /** #GP(0) above CPL 0; the address may be absent or not canonical. Source: Intel SDM Vol. 2A, INVLPG. */
    static void invlpg(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        context.invalidatePage(context.linearAddress((MemoryOperand) instruction.operand(0)));
    }

    /**
     * #UD if the processor has none; #GP(0) above CPL 0, on an unknown type, reserved bits, an address that is not canonical, and a PCID without
     * CR4.PCIDE.
     *
     * <p>Source: Intel SDM Vol. 2A, INVPCID.
     */
    static void invpcid(Instruction instruction, Context context) {
        Checks.requireValid(context.processor().hasInvpcid());
        Checks.requireCpl0(context);
        long type = context.read(instruction.operand(0));
        MemoryOperand descriptor = (MemoryOperand) instruction.operand(1);
        long offset = context.effectiveAddress(descriptor);
        long upper = Width.zeroExtend(offset + Long.BYTES, descriptor.addressSizeBytes());
        long pcid = context.load(descriptor.segment(), offset, Long.BYTES);
        long linear = context.load(descriptor.segment(), upper, Long.BYTES);
        Checks.require(Long.compareUnsigned(type, INVPCID_TYPES) < 0 && pcid >>> PCID_BITS == 0);
        boolean pcids = ControlRegisters.isSet(context.cpu(), Cr4.PCIDE);
        Checks.require(type > 1 || pcids || pcid == 0);
        Checks.require(type != 0 || context.cpu().isCanonical(linear));
        switch ((int) type) {
            case 0 -> context.invalidatePage((int) pcid, linear);
            case 1 -> context.flushPcid((int) pcid, false);
            case 2 -> context.flushTlb(true);
            default -> context.flushTlb(false);
        }
    }

    /** INVD, WBINVD, WBNOINVD: #GP(0) above CPL 0; there are no caches. Source: Intel SDM Vol. 2D, WBINVD. */
    static void flushCaches(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
    }
}
