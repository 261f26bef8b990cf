package dev.trapframe.emulator.isa;

/**
 * A constant in the instruction.
 *
 * @param value     already sign- or zero-extended to 64 bits, as the form says
 * @param sizeBytes width of the operation that uses it: 1, 2, 4 or 8
 */
public record ImmediateOperand(long value, int sizeBytes) implements Operand {}
