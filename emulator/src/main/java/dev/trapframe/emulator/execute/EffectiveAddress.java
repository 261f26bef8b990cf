package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.jspecify.annotations.Nullable;

/**
 * The address of a memory operand, made of the registers. In 64-bit mode the bases of FS and GS are added; elsewhere segments
 * are flat, or there is none of this.
 */
final class EffectiveAddress {

    private static final int NONE = -1;
    private static final long LOW_32 = 0xffff_ffffL;

    private final int base;
    private final int index;
    private final int shift;
    private final long displacement;
    private final long mask;
    private final int segmentBase;

    private EffectiveAddress(MemoryOperand operand, long displacement, int segmentBase) {
        this.base = operand.base() == null ? NONE : operand.base().ordinal();
        this.index = operand.index() == null ? NONE : operand.index().ordinal();
        this.shift = Integer.numberOfTrailingZeros(operand.scale());
        this.displacement = displacement;
        this.mask = operand.addressSizeBytes() == Long.BYTES ? -1 : LOW_32;
        this.segmentBase = segmentBase;
    }

    /**
     * Null for 16-bit addresses, and for FS and GS outside of 64-bit mode.
     *
     * @param nextRip   what a RIP-relative address counts from
     * @param is64Bit   the code is in 64-bit mode
     */
    static @Nullable EffectiveAddress of(MemoryOperand operand, long nextRip, boolean is64Bit) {
        if (operand.addressSizeBytes() == Short.BYTES) return null;
        SegmentRegister segment = operand.segment();
        boolean based = segment == SegmentRegister.FS || segment == SegmentRegister.GS;
        if (based && !is64Bit) return null;
        int segmentBase = NONE;
        if (segment == SegmentRegister.FS) segmentBase = MachineRegister.FS_BASE.ordinal();
        if (segment == SegmentRegister.GS) segmentBase = MachineRegister.GS_BASE.ordinal();
        long displacement = operand.displacement() + (operand.ripRelative() ? nextRip : 0);
        return new EffectiveAddress(operand, displacement, segmentBase);
    }

    /** What LEA computes. */
    long offset(long[] registers) {
        long address = displacement;
        if (base != NONE) address += registers[base];
        if (index != NONE) address += registers[index] << shift;
        return address & mask;
    }

    long linear(long[] registers) {
        long address = offset(registers);
        return segmentBase == NONE ? address : address + registers[segmentBase];
    }
}
