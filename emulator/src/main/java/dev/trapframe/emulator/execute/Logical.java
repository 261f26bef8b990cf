package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Rflags;

/**
 * Logical instructions and TEST: CF and OF are 0, AF (undefined) too.
 *
 * <p>Source: Intel SDM Vol. 1, "Logical Instructions".
 */
final class Logical {

    private Logical() {}

    /** Source: Intel SDM Vol. 2A, AND. A memory destination faults as a write. */
    static void and(Instruction instruction, Context context) {
        long a = context.readForWrite(instruction.operand(0));
        finish(instruction, context, a & context.read(instruction.operand(1)));
    }

    /** Source: Intel SDM Vol. 2B, OR. A memory destination faults as a write. */
    static void or(Instruction instruction, Context context) {
        long a = context.readForWrite(instruction.operand(0));
        finish(instruction, context, a | context.read(instruction.operand(1)));
    }

    /** Source: Intel SDM Vol. 2D, XOR. A memory destination faults as a write. */
    static void xor(Instruction instruction, Context context) {
        long a = context.readForWrite(instruction.operand(0));
        finish(instruction, context, a ^ context.read(instruction.operand(1)));
    }

    private static void finish(Instruction instruction, Context context, long result) {
        Operand destination = instruction.operand(0);
        context.write(destination, result);
        StatusFlags.write(context, Rflags.STATUS, StatusFlags.ofResult(result, destination.sizeBytes()));
    }

    /** Changes no flag. Source: Intel SDM Vol. 2B, NOT. A memory destination faults as a write. */
    static void not(Instruction instruction, Context context) {
        Operand destination = instruction.operand(0);
        context.write(destination, ~context.readForWrite(destination));
    }

    /** Reads only. Source: Intel SDM Vol. 2B, TEST. */
    static void test(Instruction instruction, Context context) {
        long result = context.read(instruction.operand(0)) & context.read(instruction.operand(1));
        StatusFlags.write(
                context,
                Rflags.STATUS,
                StatusFlags.ofResult(result, instruction.operand(0).sizeBytes()));
    }
}
