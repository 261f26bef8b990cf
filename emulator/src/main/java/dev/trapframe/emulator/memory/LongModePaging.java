package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.Efer;

/**
 * The tables of IA-32e mode, four levels of them or five.
 *
 * <p>Source: Intel SDM Vol. 3A, "4-Level Paging and 5-Level Paging".
 */
final class LongModePaging implements PagingMode {

    static final int LARGEST_TOP_LEVEL = 5;

    /** Below this level an entry may map a page: 1 GiB at 3, 2 MiB at 2. */
    private static final int LOWEST_TABLE_ONLY_LEVEL = 4;

    private static final int ADDRESS_BITS_OF_ENTRY = 52;
    private static final int KEY_SHIFT = 59;

    private final CpuState cpu;
    private final long addressMask;
    private final long reservedAddress;

    LongModePaging(CpuState cpu, int physicalAddressBits) {
        this.cpu = cpu;
        long implemented = (1L << physicalAddressBits) - 1;
        this.addressMask = implemented & -PhysicalMemory.PAGE_SIZE;
        this.reservedAddress = (1L << ADDRESS_BITS_OF_ENTRY) - 1 & ~implemented;
    }

    @Override
    public int topLevel() {
        boolean fiveLevels = (cpu.get(MachineRegister.CR4) & Cr4.LA57) != 0;
        return fiveLevels ? LARGEST_TOP_LEVEL : LOWEST_TABLE_ONLY_LEVEL;
    }

    @Override
    public int entrySizeBytes() {
        return Long.BYTES;
    }

    @Override
    public long topTable(long linear) {
        return cpu.get(MachineRegister.CR3) & addressMask;
    }

    @Override
    public boolean mapsPage(int level, long value) {
        return level == 1 || (value & PAGE_SIZE) != 0;
    }

    @Override
    public long reservedBits(int level, long value) {
        long reserved = reservedAddress;
        if ((cpu.get(MachineRegister.EFER) & Efer.NXE) == 0) reserved |= NO_EXECUTE;
        if (level >= LOWEST_TABLE_ONLY_LEVEL) return reserved | PAGE_SIZE;
        // At level 1 the bit is PAT, and a page of 4 KiB has no address bits that would be reserved.
        boolean large = (value & PAGE_SIZE) != 0;
        return large ? reserved | pageSizeBytes(level) - 1 & -(2L * PhysicalMemory.PAGE_SIZE) : reserved;
    }

    @Override
    public long table(long value) {
        return value & addressMask;
    }

    @Override
    public long page(int level, long value) {
        return value & addressMask & -pageSizeBytes(level);
    }

    @Override
    public int shift(int level) {
        return 3 + 9 * level;
    }

    @Override
    public int protectionKey(long value) {
        return (int) (value >>> KEY_SHIFT) & 0xf;
    }
}
