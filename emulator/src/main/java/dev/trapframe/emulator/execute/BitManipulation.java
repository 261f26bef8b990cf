package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.state.Rflags;

/**
 * BMI1 and BMI2. Flags that the manual leaves undefined: AF is cleared; PF, and SF of BEXTR, are those of the result after
 * ANDN and BEXTR and cleared after the others.
 *
 * <p>Source: Intel SDM Vol. 2, the instructions' pages.
 */
final class BitManipulation {

    private static final int BYTE = 0xff;

    private BitManipulation() {}

    private static long source(Instruction instruction, Context context, int index) {
        return context.read(instruction.operand(index));
    }

    private static void write(Instruction instruction, Context context, long result) {
        context.write(instruction.operand(0), result);
    }

    /** Source: Intel SDM Vol. 2A, ANDN. */
    static void andn(Instruction instruction, Context context) {
        int size = instruction.operandSizeBytes();
        long result = Width.zeroExtend(~source(instruction, context, 1) & source(instruction, context, 2), size);
        write(instruction, context, result);
        StatusFlags.write(context, Rflags.STATUS, StatusFlags.ofResult(result, size));
    }

    /** Start and length are bytes 0 and 1 of the third operand. Source: Intel SDM Vol. 2A, BEXTR. */
    static void bextr(Instruction instruction, Context context) {
        int size = instruction.operandSizeBytes();
        long value = source(instruction, context, 1);
        long control = source(instruction, context, 2);
        int start = (int) control & BYTE;
        int length = (int) (control >>> Byte.SIZE) & BYTE;
        long shifted = start >= Long.SIZE ? 0 : value >>> start;
        long result = length >= Long.SIZE ? shifted : shifted & (1L << length) - 1;
        write(instruction, context, result);
        StatusFlags.write(context, Rflags.STATUS, StatusFlags.ofResult(result, size));
    }

    /** CF: the source is not 0. Source: Intel SDM Vol. 2A, BLSI. */
    static void blsi(Instruction instruction, Context context) {
        long value = source(instruction, context, 1);
        finish(instruction, context, value & -value, value != 0);
    }

    /** CF: the source is 0. Source: Intel SDM Vol. 2A, BLSMSK. */
    static void blsmsk(Instruction instruction, Context context) {
        long value = source(instruction, context, 1);
        finish(instruction, context, value ^ value - 1, value == 0);
    }

    /** CF: the source is 0. Source: Intel SDM Vol. 2A, BLSR. */
    static void blsr(Instruction instruction, Context context) {
        long value = source(instruction, context, 1);
        finish(instruction, context, value & value - 1, value == 0);
    }

    /** CF: the index, byte 0 of the third operand, is beyond the operand. Source: Intel SDM Vol. 2A, BZHI. */
    static void bzhi(Instruction instruction, Context context) {
        int bits = Byte.SIZE * instruction.operandSizeBytes();
        long value = source(instruction, context, 1);
        int index = (int) source(instruction, context, 2) & BYTE;
        finish(instruction, context, index >= bits ? value : value & (1L << index) - 1, index >= bits);
    }

    private static void finish(Instruction instruction, Context context, long value, boolean carry) {
        int size = instruction.operandSizeBytes();
        long result = Width.zeroExtend(value, size);
        write(instruction, context, result);
        long flags = StatusFlags.ofResult(result, size) & (Rflags.ZF | Rflags.SF);
        StatusFlags.write(context, Rflags.STATUS, flags | (carry ? Rflags.CF : 0));
    }

    /** RDX times the source: high half, then low half; no flag changes. Source: Intel SDM Vol. 2B, MULX. */
    static void mulx(Instruction instruction, Context context) {
        int size = instruction.operandSizeBytes();
        long factor = Registers.read(context.cpu(), GeneralRegister.RDX, size);
        long value = source(instruction, context, 2);
        long low = factor * value;
        long high = size == Long.BYTES ? unsignedMultiplyHigh(factor, value) : low >>> Integer.SIZE;
        context.write(instruction.operand(1), low);
        context.write(instruction.operand(0), high);
    }

    private static long unsignedMultiplyHigh(long a, long b) {
        return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    }

    /** Bits of the source, low ones first, to the places that the mask names. Source: Intel SDM Vol. 2B, PDEP. */
    static void pdep(Instruction instruction, Context context) {
        long value = source(instruction, context, 1);
        long result = 0;
        int next = 0;
        for (long mask = source(instruction, context, 2); mask != 0; mask &= mask - 1) {
            if ((value >>> next++ & 1) != 0) result |= mask & -mask;
        }
        write(instruction, context, result);
    }

    /** Bits of the source at the places that the mask names, side by side. Source: Intel SDM Vol. 2B, PEXT. */
    static void pext(Instruction instruction, Context context) {
        long value = source(instruction, context, 1);
        long result = 0;
        int next = 0;
        for (long mask = source(instruction, context, 2); mask != 0; mask &= mask - 1) {
            if ((value & mask & -mask) != 0) result |= 1L << next;
            next++;
        }
        write(instruction, context, result);
    }

    /** No flag changes. Source: Intel SDM Vol. 2B, RORX. */
    static void rorx(Instruction instruction, Context context) {
        long value = source(instruction, context, 1);
        int count = (int) source(instruction, context, 2);
        boolean wide = instruction.operandSizeBytes() == Long.BYTES;
        write(instruction, context, wide ? Long.rotateRight(value, count) : Integer.rotateRight((int) value, count));
    }

    /** No flag changes. Source: Intel SDM Vol. 2B, SARX/SHLX/SHRX. */
    static void sarx(Instruction instruction, Context context) {
        long value = source(instruction, context, 1);
        boolean wide = instruction.operandSizeBytes() == Long.BYTES;
        write(instruction, context, (wide ? value : (int) value) >> count(instruction, context));
    }

    /** No flag changes. Source: Intel SDM Vol. 2B, SARX/SHLX/SHRX. */
    static void shlx(Instruction instruction, Context context) {
        write(instruction, context, source(instruction, context, 1) << count(instruction, context));
    }

    /** No flag changes. Source: Intel SDM Vol. 2B, SARX/SHLX/SHRX. */
    static void shrx(Instruction instruction, Context context) {
        write(instruction, context, source(instruction, context, 1) >>> count(instruction, context));
    }

    private static int count(Instruction instruction, Context context) {
        return (int) source(instruction, context, 2) & Byte.SIZE * instruction.operandSizeBytes() - 1;
    }
}
