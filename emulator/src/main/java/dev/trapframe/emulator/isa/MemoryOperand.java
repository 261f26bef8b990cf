package dev.trapframe.emulator.isa;

import org.jspecify.annotations.Nullable;

/**
 * A place in memory: {@code segment:[base + index * scale + displacement]}.
 *
 * @param segment          the segment whose base is added, override applied: the default is SS for RSP and RBP bases, else DS
 * @param base             null if there is none
 * @param index            null if there is none; where the form has a vector register as index, the one with this number
 * @param scale            1, 2, 4 or 8
 * @param displacement     sign-extended; with {@code ripRelative} it counts from the next instruction
 * @param ripRelative      the base is the address of the next instruction
 * @param addressSizeBytes 2, 4 or 8: the effective address is cut to this width before the segment's base is added
 * @param sizeBytes        width of what is accessed; 0 where the instruction decides (LEA, INVLPG, FXSAVE)
 */
public record MemoryOperand(
        SegmentRegister segment,
        @Nullable GeneralRegister base,
        @Nullable GeneralRegister index,
        int scale,
        long displacement,
        boolean ripRelative,
        int addressSizeBytes,
        int sizeBytes)
        implements Operand {}
