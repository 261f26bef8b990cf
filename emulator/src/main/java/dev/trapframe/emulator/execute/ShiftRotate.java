package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Rflags;

/**
 * Shift and rotate instructions. Source: Intel SDM Vol. 1, "Shift and Rotate Instructions".
 *
 * <p>The count is cut to 5 bits, to 6 with 64-bit operands. A count of 0 changes no flag, but is a write all the same:
 * it clears the upper half of a 32-bit register, and a memory destination faults as a write.
 */
final class ShiftRotate {

    private ShiftRotate() {}

    /** SHL and SAL. Source: Intel SDM Vol. 2B, SAL/SAR/SHL/SHR. */
    static void shl(Instruction instruction, Context context) {
        int bits = bits(instruction);
        int count = count(instruction, context);
        long value = context.readForWrite(instruction.operand(0));
        if (isUnchanged(instruction, context, value, count)) return;
        long result = value << count;
        boolean carry = count <= bits && Width.bit(value, bits - count);
        finishShift(instruction, context, result, carry, Width.bit(result, bits - 1) != carry);
    }

    /** Source: Intel SDM Vol. 2B, SAL/SAR/SHL/SHR. */
    static void shr(Instruction instruction, Context context) {
        int count = count(instruction, context);
        long value = context.readForWrite(instruction.operand(0));
        if (isUnchanged(instruction, context, value, count)) return;
        long beforeLastStep = value >>> count - 1;
        finishShift(
                instruction,
                context,
                beforeLastStep >>> 1,
                Width.bit(beforeLastStep, 0),
                Width.bit(beforeLastStep, bits(instruction) - 1));
    }

    /** Source: Intel SDM Vol. 2B, SAL/SAR/SHL/SHR. */
    static void sar(Instruction instruction, Context context) {
        int count = count(instruction, context);
        long value = context.readForWrite(instruction.operand(0));
        if (isUnchanged(instruction, context, value, count)) return;
        long signed = Width.signExtend(value, instruction.operand(0).sizeBytes());
        finishShift(instruction, context, signed >> count, Width.bit(signed, count - 1), false);
    }

    /** Bits come in from the source's top. Source: Intel SDM Vol. 2B, SHLD. */
    static void shld(Instruction instruction, Context context) {
        int bits = bits(instruction);
        int count = count(instruction, context);
        long value = context.readForWrite(instruction.operand(0));
        long source = context.read(instruction.operand(1));
        if (isUnchanged(instruction, context, value, count)) return;
        long result;
        boolean carry;
        if (bits == Short.SIZE) {
            // A count above 16 is undefined: processors go on with the destination behind the source.
            long wide = value << 2 * Short.SIZE | source << Short.SIZE | value;
            result = wide << count >>> 2 * Short.SIZE;
            carry = Width.bit(wide, 3 * Short.SIZE - count);
        } else {
            result = value << count | source >>> bits - count;
            carry = Width.bit(value, bits - count);
        }
        finishShift(instruction, context, result, carry, Width.bit(result ^ value, bits - 1));
    }

    /** Bits come in from the source's bottom. Source: Intel SDM Vol. 2B, SHRD. */
    static void shrd(Instruction instruction, Context context) {
        int bits = bits(instruction);
        int count = count(instruction, context);
        long value = context.readForWrite(instruction.operand(0));
        long source = context.read(instruction.operand(1));
        if (isUnchanged(instruction, context, value, count)) return;
        long result;
        boolean carry;
        if (bits == Short.SIZE) {
            // A count above 16 is undefined: processors go on with the destination behind the source.
            long wide = value | source << Short.SIZE | value << 2 * Short.SIZE;
            result = wide >>> count;
            carry = Width.bit(wide, count - 1);
        } else {
            result = value >>> count | source << bits - count;
            carry = Width.bit(value, count - 1);
        }
        finishShift(instruction, context, result, carry, Width.bit(result ^ value, bits - 1));
    }

    /** Source: Intel SDM Vol. 2B, RCL/RCR/ROL/ROR. */
    static void rol(Instruction instruction, Context context) {
        int bits = bits(instruction);
        int count = count(instruction, context);
        long value = context.readForWrite(instruction.operand(0));
        if (isUnchanged(instruction, context, value, count)) return;
        long result = rotateLeft(value, count % bits, bits);
        boolean carry = Width.bit(result, 0);
        finishRotate(instruction, context, result, carry, Width.bit(result, bits - 1) != carry);
    }

    /** Source: Intel SDM Vol. 2B, RCL/RCR/ROL/ROR. */
    static void ror(Instruction instruction, Context context) {
        int bits = bits(instruction);
        int count = count(instruction, context);
        long value = context.readForWrite(instruction.operand(0));
        if (isUnchanged(instruction, context, value, count)) return;
        long result = rotateLeft(value, bits - count % bits, bits);
        boolean carry = Width.bit(result, bits - 1);
        finishRotate(instruction, context, result, carry, Width.bit(result, bits - 2) != carry);
    }

    /** A count of 0, or of all bits, gives the value. Bits above the width may be anything. */
    private static long rotateLeft(long value, int count, int bits) {
        return value << count | value >>> bits - count;
    }

    /** Rotates through CF: 9, 17, 33 or 65 bits. Source: Intel SDM Vol. 2B, RCL/RCR/ROL/ROR. */
    static void rcl(Instruction instruction, Context context) {
        int bits = bits(instruction);
        int count = count(instruction, context) % (bits + 1);
        long value = context.readForWrite(instruction.operand(0));
        if (isUnchanged(instruction, context, value, count)) return;
        long result = value << count | carryIn(context) << count - 1 | value >>> bits - count >>> 1;
        boolean carry = Width.bit(value, bits - count);
        finishRotate(instruction, context, result, carry, Width.bit(result, bits - 1) != carry);
    }

    /** Rotates through CF: 9, 17, 33 or 65 bits. Source: Intel SDM Vol. 2B, RCL/RCR/ROL/ROR. */
    static void rcr(Instruction instruction, Context context) {
        int bits = bits(instruction);
        int count = count(instruction, context) % (bits + 1);
        long value = context.readForWrite(instruction.operand(0));
        if (isUnchanged(instruction, context, value, count)) return;
        long result = value >>> count | carryIn(context) << bits - count | value << bits - count << 1;
        boolean carry = Width.bit(value, count - 1);
        finishRotate(instruction, context, result, carry, Width.bit(result, bits - 1) != Width.bit(result, bits - 2));
    }

    private static long carryIn(Context context) {
        return context.cpu().flag(Rflags.CF) ? 1 : 0;
    }

    private static int bits(Instruction instruction) {
        return Width.bits(instruction.operand(0).sizeBytes());
    }

    private static int count(Instruction instruction, Context context) {
        Operand last = instruction.operand(instruction.operandCount() - 1);
        int limit = instruction.operand(0).sizeBytes() == Long.BYTES ? Long.SIZE - 1 : Integer.SIZE - 1;
        return (int) context.read(last) & limit;
    }

    private static boolean isUnchanged(Instruction instruction, Context context, long value, int count) {
        if (count != 0) return false;
        context.write(instruction.operand(0), value);
        return true;
    }

    private static void finishShift(
            Instruction instruction, Context context, long result, boolean carry, boolean overflow) {
        Operand destination = instruction.operand(0);
        context.write(destination, result);
        long flags = StatusFlags.ofResult(result, destination.sizeBytes());
        StatusFlags.write(context, Rflags.STATUS, flags | carryAndOverflow(carry, overflow));
    }

    private static void finishRotate(
            Instruction instruction, Context context, long result, boolean carry, boolean overflow) {
        context.write(instruction.operand(0), result);
        StatusFlags.write(context, Rflags.CF | Rflags.OF, carryAndOverflow(carry, overflow));
    }

    private static long carryAndOverflow(boolean carry, boolean overflow) {
        return StatusFlags.when(carry, Rflags.CF) | StatusFlags.when(overflow, Rflags.OF);
    }
}
