package dev.trapframe.emulator.isa;

/**
 * A branch target, relative to the next instruction.
 *
 * @param displacement sign-extended
 * @param sizeBytes    width of the displacement in the encoding: 1, 2 or 4
 */
public record RelativeOperand(long displacement, int sizeBytes) implements Operand {}
