package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Rflags;

/**
 * Binary arithmetic instructions, multiplication and division aside.
 *
 * <p>Source: Intel SDM Vol. 1, "Binary Arithmetic Instructions".
 */
final class BinaryArithmetic {

    private static final long ALL_BUT_CARRY = Rflags.STATUS & ~Rflags.CF;

    private BinaryArithmetic() {}

    /** Source: Intel SDM Vol. 2A, ADD. A memory destination faults as a write. */
    static void add(Instruction instruction, Context context) {
        addWithCarry(instruction, context, 0);
    }

    /** Source: Intel SDM Vol. 2A, ADC. A memory destination faults as a write. */
    static void adc(Instruction instruction, Context context) {
        addWithCarry(instruction, context, carry(context));
    }

    /** Source: Intel SDM Vol. 2B, SUB. A memory destination faults as a write. */
    static void sub(Instruction instruction, Context context) {
        subtractWithBorrow(instruction, context, 0);
    }

    /** Source: Intel SDM Vol. 2B, SBB. A memory destination faults as a write. */
    static void sbb(Instruction instruction, Context context) {
        subtractWithBorrow(instruction, context, carry(context));
    }

    private static long carry(Context context) {
        return context.cpu().flag(Rflags.CF) ? 1 : 0;
    }

    private static void addWithCarry(Instruction instruction, Context context, long carry) {
        Operand destination = instruction.operand(0);
        long a = context.readForWrite(destination);
        long b = context.read(instruction.operand(1));
        long sum = a + b + carry;
        context.write(destination, sum);
        StatusFlags.write(context, Rflags.STATUS, StatusFlags.ofAddition(a, b, sum, destination.sizeBytes()));
    }

    private static void subtractWithBorrow(Instruction instruction, Context context, long borrow) {
        Operand destination = instruction.operand(0);
        long a = context.readForWrite(destination);
        long b = context.read(instruction.operand(1));
        long difference = a - b - borrow;
        context.write(destination, difference);
        StatusFlags.write(context, Rflags.STATUS, StatusFlags.ofSubtraction(a, b, difference, destination.sizeBytes()));
    }

    /** Source: Intel SDM Vol. 2A, CMP. Reads only. */
    static void cmp(Instruction instruction, Context context) {
        long a = context.read(instruction.operand(0));
        long b = context.read(instruction.operand(1));
        compare(context, a, b, instruction.operand(0).sizeBytes());
    }

    /** The flags of {@code a - b}, as CMP, CMPS, SCAS and CMPXCHG set them. */
    static void compare(Context context, long a, long b, int sizeBytes) {
        StatusFlags.write(context, Rflags.STATUS, StatusFlags.ofSubtraction(a, b, a - b, sizeBytes));
    }

    /** CF stays. Source: Intel SDM Vol. 2A, INC. A memory destination faults as a write. */
    static void inc(Instruction instruction, Context context) {
        Operand destination = instruction.operand(0);
        long a = context.readForWrite(destination);
        context.write(destination, a + 1);
        StatusFlags.write(context, ALL_BUT_CARRY, StatusFlags.ofAddition(a, 1, a + 1, destination.sizeBytes()));
    }

    /** CF stays. Source: Intel SDM Vol. 2A, DEC. A memory destination faults as a write. */
    static void dec(Instruction instruction, Context context) {
        Operand destination = instruction.operand(0);
        long a = context.readForWrite(destination);
        context.write(destination, a - 1);
        StatusFlags.write(context, ALL_BUT_CARRY, StatusFlags.ofSubtraction(a, 1, a - 1, destination.sizeBytes()));
    }

    /** CF is 0 only for 0. Source: Intel SDM Vol. 2B, NEG. A memory destination faults as a write. */
    static void neg(Instruction instruction, Context context) {
        Operand destination = instruction.operand(0);
        long value = context.readForWrite(destination);
        context.write(destination, -value);
        StatusFlags.write(context, Rflags.STATUS, StatusFlags.ofSubtraction(0, value, -value, destination.sizeBytes()));
    }

    /** Carries through CF alone; the destination is a register. Source: Intel SDM Vol. 2A, ADCX. */
    static void adcx(Instruction instruction, Context context) {
        addThroughFlag(instruction, context, Rflags.CF);
    }

    /** Carries through OF alone; the destination is a register. Source: Intel SDM Vol. 2A, ADOX. */
    static void adox(Instruction instruction, Context context) {
        addThroughFlag(instruction, context, Rflags.OF);
    }

    private static void addThroughFlag(Instruction instruction, Context context, long flag) {
        Operand destination = instruction.operand(0);
        long a = context.read(destination);
        long b = context.read(instruction.operand(1));
        long sum = a + b + (context.cpu().flag(flag) ? 1 : 0);
        long flags = StatusFlags.ofAddition(a, b, sum, destination.sizeBytes());
        context.write(destination, sum);
        StatusFlags.write(context, flag, StatusFlags.when((flags & Rflags.CF) != 0, flag));
    }
}
