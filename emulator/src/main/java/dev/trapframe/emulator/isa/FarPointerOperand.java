package dev.trapframe.emulator.isa;

/**
 * A far pointer in the instruction; 32-bit mode only.
 *
 * @param selector  16 bits
 * @param offset    16 or 32 bits, zero-extended
 * @param sizeBytes width of the offset: 2 or 4
 */
public record FarPointerOperand(int selector, long offset, int sizeBytes) implements Operand {}
