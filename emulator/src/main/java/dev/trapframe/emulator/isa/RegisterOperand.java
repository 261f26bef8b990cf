package dev.trapframe.emulator.isa;

/**
 * A general register, or a part of one.
 *
 * @param register  the whole register
 * @param sizeBytes 1, 2, 4 or 8
 * @param highByte  true for AH, CH, DH and BH: bits 15..8 of RAX, RCX, RDX or RBX; then {@code sizeBytes} is 1
 */
public record RegisterOperand(GeneralRegister register, int sizeBytes, boolean highByte) implements Operand {}
