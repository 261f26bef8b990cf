package dev.trapframe.emulator.isa;

import org.jspecify.annotations.Nullable;

/**
 * One operand of a row of the table.
 *
 * @param notation       as in the table, for example {@code r/m32}
 * @param registerBytes  width of the register, 0 if it cannot be one
 * @param memoryBytes    width of the memory operand, 0 if the instruction decides
 * @param encodedBytes   bytes of an immediate, displacement or offset in the encoding, else 0
 * @param fixedRegister  number of a register that the form names itself, else -1
 * @param read           the form reads the operand
 * @param written        the form writes the operand
 * @param file           the registers that it can be, or its index; null for general registers and what is none
 */
public record OperandSpec(
        String notation,
        OperandKind kind,
        int registerBytes,
        int memoryBytes,
        int encodedBytes,
        int fixedRegister,
        boolean read,
        boolean written,
        @Nullable RegisterFile file) {}
