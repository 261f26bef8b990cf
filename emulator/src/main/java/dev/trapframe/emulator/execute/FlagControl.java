package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/** Flag control instructions. Source: Intel SDM Vol. 1, "Flag Control (EFLAG) Instructions". */
final class FlagControl {

    private static final long IN_AH = Rflags.SF | Rflags.ZF | Rflags.AF | Rflags.PF | Rflags.CF;
    private static final long POPPED = Rflags.STATUS | Rflags.TF | Rflags.DF | Rflags.NT | Rflags.AC | Rflags.ID;
    private static final RegisterOperand AH = new RegisterOperand(GeneralRegister.RAX, Byte.BYTES, true);
    private static final int USER = 3;

    private FlagControl() {}

    /** Source: Intel SDM Vol. 2A, CLC. */
    static void clc(Instruction instruction, Context context) {
        StatusFlags.write(context, Rflags.CF, 0);
    }

    /** Source: Intel SDM Vol. 2B, STC. */
    static void stc(Instruction instruction, Context context) {
        StatusFlags.write(context, Rflags.CF, Rflags.CF);
    }

    /** Source: Intel SDM Vol. 2A, CMC. */
    static void cmc(Instruction instruction, Context context) {
        StatusFlags.write(context, Rflags.CF, ~context.cpu().rflags());
    }

    /** Source: Intel SDM Vol. 2A, CLD. */
    static void cld(Instruction instruction, Context context) {
        StatusFlags.write(context, Rflags.DF, 0);
    }

    /** Source: Intel SDM Vol. 2B, STD. */
    static void std(Instruction instruction, Context context) {
        StatusFlags.write(context, Rflags.DF, Rflags.DF);
    }

    /** #GP(0) above IOPL, unless CR4.PVI gives CPL 3 a VIF of its own. Source: Intel SDM Vol. 2A, CLI. */
    static void cli(Instruction instruction, Context context) {
        boolean privileged = Checks.isIoPrivileged(context.cpu());
        Checks.require(privileged || hasVirtualInterrupts(context.cpu()));
        StatusFlags.write(context, privileged ? Rflags.IF : Rflags.VIF, 0);
    }

    /**
     * #GP(0) above IOPL, unless CR4.PVI gives CPL 3 a VIF of its own. If IF was 0 the next instruction runs before an
     * interrupt is taken.
     *
     * <p>Source: Intel SDM Vol. 2B, STI.
     */
    static void sti(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        if (!Checks.isIoPrivileged(cpu)) {
            Checks.require(hasVirtualInterrupts(cpu) && !cpu.flag(Rflags.VIP));
            StatusFlags.write(context, Rflags.VIF, Rflags.VIF);
            return;
        }
        boolean wasEnabled = cpu.flag(Rflags.IF);
        StatusFlags.write(context, Rflags.IF, Rflags.IF);
        if (!wasEnabled) context.shadowAfterSti();
    }

    private static boolean hasVirtualInterrupts(CpuState cpu) {
        return cpu.cpl() == USER && ControlRegisters.isSet(cpu, ControlRegisters.CR4_PVI);
    }

    /** #UD above CPL 0. Source: Intel SDM Vol. 2A, CLAC. */
    static void clac(Instruction instruction, Context context) {
        Checks.requireValid(context.cpu().cpl() == 0);
        StatusFlags.write(context, Rflags.AC, 0);
    }

    /** #UD above CPL 0. Source: Intel SDM Vol. 2B, STAC. */
    static void stac(Instruction instruction, Context context) {
        Checks.requireValid(context.cpu().cpl() == 0);
        StatusFlags.write(context, Rflags.AC, Rflags.AC);
    }

    /** Source: Intel SDM Vol. 2A, LAHF. */
    static void lahf(Instruction instruction, Context context) {
        context.write(AH, context.cpu().rflags() & IN_AH | Rflags.ALWAYS_ONE);
    }

    /** Source: Intel SDM Vol. 2B, SAHF. */
    static void sahf(Instruction instruction, Context context) {
        StatusFlags.write(context, IN_AH, context.read(AH));
    }

    /** PUSHF, PUSHFQ: RF and VM are pushed as 0. Source: Intel SDM Vol. 2B, PUSHF/PUSHFD/PUSHFQ. */
    static void pushf(Instruction instruction, Context context) {
        long image = context.cpu().rflags() & ~(Rflags.RF | Rflags.VM);
        StackInstructions.push(context, image, instruction.operandSizeBytes());
    }

    /**
     * POPF, POPFQ: IF changes only up to IOPL, IOPL only at CPL 0, neither raises a fault; RF becomes 0.
     *
     * <p>Source: Intel SDM Vol. 2B, POPF/POPFD/POPFQ, table "Effect of POPF/POPFD on the EFLAGS Register".
     */
    static void popf(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operandSizeBytes();
        long image = StackInstructions.pop(context, size);
        long mask = POPPED;
        if (Checks.isIoPrivileged(cpu)) mask |= Rflags.IF;
        if (cpu.cpl() == 0) mask |= Rflags.IOPL;
        mask &= Width.mask(size);
        long cleared = Rflags.RF;
        if (cpu.cpl() == 0 && size != Short.BYTES) cleared |= Rflags.VIF | Rflags.VIP;
        cpu.setRflags(cpu.rflags() & ~(mask | cleared) | image & mask);
    }
}
