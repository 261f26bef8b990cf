package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/**
 * Near transfers. A target that is not canonical raises #GP(0) on the transfer itself, before anything changes.
 *
 * <p>Source: Intel SDM Vol. 1, "Control Transfer Instructions".
 */
final class ControlTransfer {

    private ControlTransfer() {}

    /** Near, relative or indirect. Source: Intel SDM Vol. 2A, JMP. */
    static void jmp(Instruction instruction, Context context) {
        context.jump(target(instruction, context));
    }

    /** Source: Intel SDM Vol. 2A, Jcc. */
    static Semantics jumpIf(Condition condition) {
        return (instruction, context) -> {
            if (condition.holds(context.cpu().rflags())) context.jump(target(instruction, context));
        };
    }

    /** The target is checked before the return address is pushed. Source: Intel SDM Vol. 2A, CALL. */
    static void call(Instruction instruction, Context context) {
        long returnAddress = context.nextRip();
        context.jump(target(instruction, context));
        StackInstructions.push(context, returnAddress, instruction.operandSizeBytes());
    }

    /** Near; the operand is what to release below the return address. Source: Intel SDM Vol. 2B, RET. */
    static void ret(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        long rsp = cpu.rsp();
        int size = instruction.operandSizeBytes();
        long released = instruction.operandCount() == 0 ? 0 : context.read(instruction.operand(0)) & 0xffff;
        context.jump(context.loadFromStack(rsp, size));
        cpu.setStackPointer(rsp + size + released);
    }

    /**
     * Jumps while the counter, as wide as addresses are, is not 0 after the decrement.
     *
     * <p>Source: Intel SDM Vol. 2A, LOOP/LOOPcc.
     */
    static void loop(Instruction instruction, Context context) {
        loopIf(instruction, context, true);
    }

    /** LOOPE: jumps while ZF is 1 too. Source: Intel SDM Vol. 2A, LOOP/LOOPcc. */
    static void loope(Instruction instruction, Context context) {
        loopIf(instruction, context, context.cpu().flag(Rflags.ZF));
    }

    /** LOOPNE: jumps while ZF is 0 too. Source: Intel SDM Vol. 2A, LOOP/LOOPcc. */
    static void loopne(Instruction instruction, Context context) {
        loopIf(instruction, context, !context.cpu().flag(Rflags.ZF));
    }

    private static void loopIf(Instruction instruction, Context context, boolean condition) {
        CpuState cpu = context.cpu();
        int size = instruction.addressSizeBytes();
        long count = Width.zeroExtend(cpu.general(GeneralRegister.RCX.ordinal()) - 1, size);
        if (count != 0 && condition) context.jump(target(instruction, context));
        Registers.write(cpu, GeneralRegister.RCX, size, count);
    }

    /** JCXZ, JECXZ, JRCXZ: jumps if the counter, as wide as addresses are, is 0. Source: Intel SDM Vol. 2A, Jcc. */
    static void jrcxz(Instruction instruction, Context context) {
        long count = Registers.read(context.cpu(), GeneralRegister.RCX, instruction.addressSizeBytes());
        if (count == 0) context.jump(target(instruction, context));
    }

    /** In 64-bit mode near branches are 64 bits wide whatever the prefixes. */
    private static long target(Instruction instruction, Context context) {
        Operand operand = instruction.operand(0);
        if (!(operand instanceof RelativeOperand relative)) return context.read(operand);
        long target = context.nextRip() + relative.displacement();
        return context.cpu().in64BitMode() ? target : Width.zeroExtend(target, instruction.operandSizeBytes());
    }
}
