package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/**
 * The status flags of a result.
 *
 * <p>Source: Intel SDM Vol. 1, "Status Flags". Where the manual leaves a flag undefined we choose: AF is 0 after
 * logical instructions and shifts, OF after a shift by more than one is that of the last single-bit step.
 */
final class StatusFlags {

    private static final int AF_FROM_CARRY = 3;
    private static final int OVERFLOW_BIT = Long.numberOfTrailingZeros(Rflags.OF);

    private StatusFlags() {}

    /** All six, for {@code sum = a + b + carry in}; bits above the width do not matter. */
    static long ofAddition(long a, long b, long sum, int sizeBytes) {
        return ofCarries((a & b) | ((a | b) & ~sum), sizeBytes) | ofResult(sum, sizeBytes);
    }

    /** All six, for {@code difference = a - b - borrow in}; bits above the width do not matter. */
    static long ofSubtraction(long a, long b, long difference, int sizeBytes) {
        return ofCarries((~a & b) | ((~a | b) & difference), sizeBytes) | ofResult(difference, sizeBytes);
    }

    /** CF, AF and OF; bit n of {@code carries} is the carry, or borrow, out of bit n. */
    private static long ofCarries(long carries, int sizeBytes) {
        int top = Width.bits(sizeBytes) - 1;
        long carry = carries >>> top & 1;
        long carryIntoTop = carries >>> top - 1 & 1;
        long adjust = (carries >>> AF_FROM_CARRY & 1) * Rflags.AF;
        return carry | adjust | (carry ^ carryIntoTop) << OVERFLOW_BIT;
    }

    /** ZF, SF and PF. */
    static long ofResult(long result, int sizeBytes) {
        long flags = Width.zeroExtend(result, sizeBytes) == 0 ? Rflags.ZF : 0;
        if (Width.isNegative(result, sizeBytes)) flags |= Rflags.SF;
        if ((Integer.bitCount((int) result & 0xff) & 1) == 0) flags |= Rflags.PF;
        return flags;
    }

    /** {@code flag} if the condition holds, else 0. */
    static long when(boolean condition, long flag) {
        return condition ? flag : 0;
    }

    /** Writes the flags in {@code affected}, leaves the others. */
    static void write(Context context, long affected, long flags) {
        CpuState cpu = context.cpu();
        cpu.setRflags(cpu.rflags() & ~affected | flags & affected);
    }
}
