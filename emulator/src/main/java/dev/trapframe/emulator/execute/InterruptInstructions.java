package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.state.Rflags;
import java.util.OptionalInt;

/**
 * Instructions that raise an event or return from one. What they check is delivery's business.
 *
 * <p>Source: Intel SDM Vol. 2A, INT n/INTO/INT3/INT1 and IRET/IRETD/IRETQ.
 */
final class InterruptInstructions {

    private InterruptInstructions() {}

    /** Source: Intel SDM Vol. 2A, INT n/INTO/INT3/INT1. */
    static void intN(Instruction instruction, Context context) {
        context.raise(Event.softwareInterrupt((int) context.read(instruction.operand(0)) & 0xff));
    }

    /** One byte long, else like INT 3. Source: Intel SDM Vol. 2A, INT n/INTO/INT3/INT1. */
    static void int3(Instruction instruction, Context context) {
        context.raise(Event.softwareInterrupt(ExceptionVector.BP.vector()));
    }

    /**
     * A #DB whose gate may have any DPL, and that leaves DR6 alone.
     *
     * <p>Source: Intel SDM Vol. 2A, INT n/INTO/INT3/INT1.
     */
    static void int1(Instruction instruction, Context context) {
        context.raise(new Event(ExceptionVector.DB.vector(), Event.Source.INT1, OptionalInt.empty()));
    }

    /** #OF if OF is 1; not in 64-bit mode. Source: Intel SDM Vol. 2A, INT n/INTO/INT3/INT1. */
    static void into(Instruction instruction, Context context) {
        if (context.cpu().flag(Rflags.OF)) context.raise(Event.softwareInterrupt(ExceptionVector.OF.vector()));
    }

    /** #BR unless the signed index lies within both bounds; not in 64-bit mode. Source: Intel SDM Vol. 2A, BOUND. */
    static void bound(Instruction instruction, Context context) {
        int size = instruction.operandSizeBytes();
        MemoryOperand bounds = (MemoryOperand) instruction.operand(1);
        long address = context.effectiveAddress(bounds);
        long second = Width.zeroExtend(address + size, bounds.addressSizeBytes());
        long index = Width.signExtend(context.read(instruction.operand(0)), size);
        long lower = Width.signExtend(context.load(bounds.segment(), address, size), size);
        long upper = Width.signExtend(context.load(bounds.segment(), second, size), size);
        if (index < lower || index > upper) throw new Fault(ExceptionVector.BR);
    }

    /** IRET, IRETD, IRETQ. Source: Intel SDM Vol. 2A, IRET/IRETD/IRETQ. */
    static void iret(Instruction instruction, Context context) {
        context.interruptReturn(instruction.operandSizeBytes());
    }

    /** UD0, UD1, UD2, and instructions of features that CPUID does not report. Source: Intel SDM Vol. 2B, UD. */
    static void undefined(Instruction instruction, Context context) {
        throw Checks.invalidOpcode();
    }
}
