package dev.trapframe.emulator.isa;

/** The operand size of a row of the table. */
public enum OperandSize {
    BYTE("8", 1),
    WORD("16", 2),
    DOUBLEWORD("32", 4),
    /** 64 bits because of REX.W. */
    QUADWORD("64", 8),
    /** 64 bits in 64-bit mode without REX.W: stack operations, near branches, control registers. */
    QUADWORD_BY_DEFAULT("64d", 8),
    /** The row does not depend on it. */
    ANY("-", 0);

    private final String notation;
    private final int bytes;

    OperandSize(String notation, int bytes) {
        this.notation = notation;
        this.bytes = bytes;
    }

    /** 1, 2, 4 or 8; 0 for {@link #ANY}. */
    public int bytes() {
        return bytes;
    }

    /** True for 16, 32 and 64: the row is chosen by 66, REX.W and the mode. */
    public boolean isSelected() {
        return this == WORD || this == DOUBLEWORD || this == QUADWORD;
    }

    static OperandSize of(String notation) {
        for (OperandSize size : values()) {
            if (size.notation.equals(notation)) return size;
        }
        throw new IllegalArgumentException("operand size is 8, 16, 32, 64, 64d or -, got " + notation);
    }
}
