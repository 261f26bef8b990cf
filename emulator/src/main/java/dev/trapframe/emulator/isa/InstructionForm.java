package dev.trapframe.emulator.isa;

/** One row of the instruction table. */
public record InstructionForm(Mnemonic mnemonic, String encoding) {}
