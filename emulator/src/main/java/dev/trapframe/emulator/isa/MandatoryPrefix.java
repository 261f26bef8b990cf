package dev.trapframe.emulator.isa;

/** What an encoding says of the prefixes 66, F2 and F3, which also select among instructions that share an opcode. */
public enum MandatoryPrefix {
    /** The manual says nothing: 66 is the operand size, F2 and F3 repeat or are ignored. */
    ANY(-1),
    /** None of them (66 only where the form has a 16-bit operand size). */
    NP(-1),
    P66(0x66),
    PF2(0xF2),
    PF3(0xF3);

    private final int prefixByte;

    MandatoryPrefix(int prefixByte) {
        this.prefixByte = prefixByte;
    }

    /** The byte that has to be there, or -1. */
    public int prefixByte() {
        return prefixByte;
    }
}
