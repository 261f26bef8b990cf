package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/**
 * MUL, IMUL, DIV and IDIV. Source: Intel SDM Vol. 1, "Binary Arithmetic Instructions".
 *
 * <p>Flags that the manual leaves undefined: after a multiplication ZF, SF and PF are those of the low half and AF is
 * 0; a division leaves all as they were.
 */
final class MultiplyDivide {

    private MultiplyDivide() {}

    /** CF and OF tell whether the upper half is needed. Source: Intel SDM Vol. 2B, MUL. */
    static void mul(Instruction instruction, Context context) {
        int size = instruction.operand(0).sizeBytes();
        long a = Registers.read(context.cpu(), GeneralRegister.RAX, size);
        long b = context.read(instruction.operand(0));
        long low = a * b;
        long high = size == Long.BYTES ? unsignedMultiplyHigh(a, b) : low >>> Width.bits(size);
        writePair(context.cpu(), size, high, low);
        writeFlags(context, low, size, high != 0);
    }

    /** One operand: the double-width product in RDX:RAX (AX for bytes). Source: Intel SDM Vol. 2A, IMUL. */
    private static void imulAccumulator(Instruction instruction, Context context) {
        int size = instruction.operand(0).sizeBytes();
        long a = Width.signExtend(Registers.read(context.cpu(), GeneralRegister.RAX, size), size);
        long b = Width.signExtend(context.read(instruction.operand(0)), size);
        long low = a * b;
        long high = size == Long.BYTES ? Math.multiplyHigh(a, b) : low >> Width.bits(size);
        writePair(context.cpu(), size, high, low);
        writeFlags(context, low, size, isTruncated(a, b, size));
    }

    /**
     * With two or three operands the product is cut to the width of the destination; CF and OF tell whether that lost
     * anything. Source: Intel SDM Vol. 2A, IMUL.
     */
    static void imul(Instruction instruction, Context context) {
        int count = instruction.operandCount();
        if (count == 1) {
            imulAccumulator(instruction, context);
            return;
        }
        Operand destination = instruction.operand(0);
        int size = destination.sizeBytes();
        long a = Width.signExtend(context.read(instruction.operand(count - 2)), size);
        long b = Width.signExtend(context.read(instruction.operand(count - 1)), size);
        context.write(destination, a * b);
        writeFlags(context, a * b, size, isTruncated(a, b, size));
    }

    private static boolean isTruncated(long a, long b, int size) {
        long low = a * b;
        if (size == Long.BYTES) return Math.multiplyHigh(a, b) != low >> Long.SIZE - 1;
        return Width.signExtend(low, size) != low;
    }

    private static long unsignedMultiplyHigh(long a, long b) {
        return Math.multiplyHigh(a, b) + (a >> Long.SIZE - 1 & b) + (b >> Long.SIZE - 1 & a);
    }

    /** AX for bytes, else the upper half in RDX and the lower in RAX. */
    private static void writePair(CpuState cpu, int size, long high, long low) {
        if (size == Byte.BYTES) {
            Registers.write(cpu, GeneralRegister.RAX, Short.BYTES, low);
            return;
        }
        Registers.write(cpu, GeneralRegister.RAX, size, low);
        Registers.write(cpu, GeneralRegister.RDX, size, high);
    }

    private static void writeFlags(Context context, long low, int size, boolean overflow) {
        StatusFlags.write(
                context,
                Rflags.STATUS,
                StatusFlags.ofResult(low, size) | StatusFlags.when(overflow, Rflags.CF | Rflags.OF));
    }

    /** #DE on a zero divisor or a quotient that does not fit. Source: Intel SDM Vol. 2A, DIV. */
    static void div(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operand(0).sizeBytes();
        long divisor = context.read(instruction.operand(0));
        long high = upperHalf(cpu, size);
        long low = Registers.read(cpu, GeneralRegister.RAX, size);
        if (divisor == 0 || Long.compareUnsigned(high, divisor) >= 0) throw new Fault(ExceptionVector.DE);
        long quotient = quotient(high, low, divisor, size);
        writeQuotient(cpu, size, quotient, low - quotient * divisor);
    }

    /** #DE on a zero divisor or a quotient that does not fit; rounds toward zero. Source: Intel SDM Vol. 2A, IDIV. */
    static void idiv(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operand(0).sizeBytes();
        long divisor = Width.signExtend(context.read(instruction.operand(0)), size);
        long high = upperHalf(cpu, size);
        long low = Registers.read(cpu, GeneralRegister.RAX, size);
        long quotient = signedQuotient(high, low, divisor, size);
        writeQuotient(cpu, size, quotient, low - quotient * divisor);
    }

    private static long upperHalf(CpuState cpu, int size) {
        return size == Byte.BYTES
                ? Registers.read(cpu, GeneralRegister.RAX, Short.BYTES) >>> Byte.SIZE
                : Registers.read(cpu, GeneralRegister.RDX, size);
    }

    /** Divides magnitudes, then compares the quotient's with what its sign allows. */
    private static long signedQuotient(long high, long low, long divisor, int size) {
        long mask = Width.mask(size);
        boolean dividendNegative = Width.isNegative(high, size);
        boolean negative = dividendNegative != divisor < 0;
        long magnitudeLow = dividendNegative ? -low & mask : low;
        long magnitudeHigh = dividendNegative ? ~high + (low == 0 ? 1 : 0) & mask : high;
        long magnitude = divisor < 0 ? -divisor : divisor;
        if (divisor == 0 || Long.compareUnsigned(magnitudeHigh, magnitude) >= 0) throw new Fault(ExceptionVector.DE);
        long quotient = quotient(magnitudeHigh, magnitudeLow, magnitude, size);
        long limit = (mask >>> 1) + (negative ? 1 : 0);
        if (Long.compareUnsigned(quotient, limit) > 0) throw new Fault(ExceptionVector.DE);
        return negative ? -quotient : quotient;
    }

    /** The unsigned quotient of {@code high:low / divisor}; {@code high < divisor}, so that it fits. */
    private static long quotient(long high, long low, long divisor, int size) {
        if (high == 0) return Long.divideUnsigned(low, divisor);
        if (size < Long.BYTES) return Long.divideUnsigned(high << Width.bits(size) | low, divisor);
        long remainder = high;
        long quotient = 0;
        for (int bit = Long.SIZE - 1; bit >= 0; bit--) {
            boolean carry = remainder < 0;
            remainder = remainder << 1 | low >>> bit & 1;
            if (carry || Long.compareUnsigned(remainder, divisor) >= 0) {
                remainder -= divisor;
                quotient |= 1L << bit;
            }
        }
        return quotient;
    }

    private static void writeQuotient(CpuState cpu, int size, long quotient, long remainder) {
        if (size == Byte.BYTES) {
            Registers.write(cpu, GeneralRegister.RAX, Short.BYTES, (remainder & 0xff) << Byte.SIZE | quotient & 0xff);
            return;
        }
        Registers.write(cpu, GeneralRegister.RAX, size, quotient);
        Registers.write(cpu, GeneralRegister.RDX, size, remainder);
    }
}
