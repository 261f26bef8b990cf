package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;

/**
 * The tables of 32-bit paging: two levels, entries of 4 bytes, nothing that forbids execution. With CR4.PSE an entry of
 * the page directory may map 4 MiB, at a physical address of up to 40 bits (PSE-36).
 *
 * <p>Source: Intel SDM Vol. 3A, "32-Bit Paging".
 */
final class ThirtyTwoBitPaging implements PagingMode {

    private static final int DIRECTORY_LEVEL = 2;
    private static final long TABLE = 0xffff_f000L;
    private static final long LARGE_PAGE = 0xffc0_0000L;
    /** Bits 39 to 32 of the address of a large page stand in bits 20 to 13 of its entry. */
    private static final int LARGE_UPPER_SHIFT = 13;

    private static final int LARGE_UPPER_BITS = 8;
    private static final int LARGE_RESERVED_END = 22;

    private final CpuState cpu;
    private final int upperBits;

    ThirtyTwoBitPaging(CpuState cpu, int physicalAddressBits) {
        this.cpu = cpu;
        this.upperBits = Math.min(LARGE_UPPER_BITS, physicalAddressBits - Integer.SIZE);
    }

    @Override
    public int topLevel() {
        return DIRECTORY_LEVEL;
    }

    @Override
    public int entrySizeBytes() {
        return Integer.BYTES;
    }

    @Override
    public long topTable(long linear) {
        return cpu.get(MachineRegister.CR3) & TABLE;
    }

    @Override
    public boolean mapsPage(int level, long value) {
        return level == 1 || isLarge(value);
    }

    private boolean isLarge(long value) {
        return (value & PAGE_SIZE) != 0 && (cpu.get(MachineRegister.CR4) & Cr4.PSE) != 0;
    }

    /** Of an entry for 4 MiB, bit 21 and those above the implemented physical address; of the others none. */
    @Override
    public long reservedBits(int level, long value) {
        if (level == 1 || !isLarge(value)) return 0;
        return (1L << LARGE_RESERVED_END) - (1L << LARGE_UPPER_SHIFT + upperBits);
    }

    @Override
    public long table(long value) {
        return value & TABLE;
    }

    @Override
    public long page(int level, long value) {
        if (level == 1) return value & TABLE;
        long upper = value >>> LARGE_UPPER_SHIFT & (1L << upperBits) - 1;
        return value & LARGE_PAGE | upper << Integer.SIZE;
    }

    @Override
    public int shift(int level) {
        return 2 + 10 * level;
    }
}
