package dev.trapframe.emulator.isa;

import java.util.Locale;

/** The sets of registers beside the general ones that operands of vector and x87 instructions name. */
public enum RegisterFile {
    /** MMX registers, the low 64 bits of the x87 registers. */
    MM(8, 8),
    XMM(16, 16),
    YMM(32, 16),
    /** x87 registers, numbered from the top of the stack. */
    ST(10, 8),
    /** Opmask registers. */
    K(8, 8),
    /** Tile registers of AMX. */
    TMM(1024, 8);

    private final int bytes;
    private final int count;

    RegisterFile(int bytes, int count) {
        this.bytes = bytes;
        this.count = count;
    }

    /** Width of one register. */
    public int bytes() {
        return bytes;
    }

    /** Registers in 64-bit mode. */
    public int count() {
        return count;
    }

    /** True if a REX or VEX bit that would name a register beyond the last raises #UD; false if it is ignored. */
    public boolean isBounded() {
        return this == K || this == TMM;
    }

    /** The name that GNU tools and the table's notation use: {@code xmm}. */
    public String prefix() {
        return name().toLowerCase(Locale.ROOT);
    }
}
