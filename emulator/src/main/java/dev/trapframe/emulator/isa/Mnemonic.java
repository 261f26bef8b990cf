package dev.trapframe.emulator.isa;

/** Names of instructions, as the manual writes them. One constant for each that the instruction table has. */
public enum Mnemonic {
    NOP
}
