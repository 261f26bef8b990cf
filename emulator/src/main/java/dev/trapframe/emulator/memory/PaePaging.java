package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp.PagingEntry;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Efer;
import java.util.Optional;

/**
 * The tables of PAE paging. The highest level is four registers of the processor, loaded from memory by {@link #load}:
 * a walk never reads them from there.
 *
 * <p>Source: Intel SDM Vol. 3A, "PAE Paging".
 */
final class PaePaging implements PagingMode {

    private static final int POINTERS = 4;
    private static final int POINTER_LEVEL = 3;
    private static final int POINTER_SHIFT = 30;
    /** CR3 bits 31 to 5. */
    private static final long POINTER_TABLE = 0xffff_ffe0L;

    private static final long POINTER_RESERVED = 0x1e6;

    private final CpuState cpu;
    private final PhysicalMemory memory;
    private final long addressMask;
    private final long reservedAddress;

    PaePaging(CpuState cpu, PhysicalMemory memory, int physicalAddressBits) {
        this.cpu = cpu;
        this.memory = memory;
        long implemented = (1L << physicalAddressBits) - 1;
        this.addressMask = implemented & -PhysicalMemory.PAGE_SIZE;
        this.reservedAddress = ~(NO_EXECUTE | implemented);
    }

    /**
     * Loads the four page-directory-pointer-table entries into the processor.
     *
     * <p>Source: Intel SDM Vol. 3A, "PDPTE Registers".
     *
     * @param cr3 where they stand
     * @throws Fault #GP(0) if one that is present has a reserved bit set; then none is loaded
     */
    void load(long cr3) {
        long[] entries = new long[POINTERS];
        for (int i = 0; i < POINTERS; i++) {
            entries[i] = memory.read((cr3 & POINTER_TABLE) + Long.BYTES * i, Long.BYTES);
            long reserved = POINTER_RESERVED | reservedAddress | NO_EXECUTE;
            if ((entries[i] & PRESENT) != 0 && (entries[i] & reserved) != 0) throw new Fault(ExceptionVector.GP);
        }
        for (int i = 0; i < POINTERS; i++) cpu.set(MachineRegister.pdpte(i), entries[i]);
    }

    @Override
    public int topLevel() {
        return POINTER_LEVEL - 1;
    }

    @Override
    public int entrySizeBytes() {
        return Long.BYTES;
    }

    @Override
    public long topTable(long linear) {
        long pointer = pointer(linear);
        return (pointer & PRESENT) != 0 ? pointer & addressMask : NO_TABLE;
    }

    /** The register, and where it was loaded from if CR3 is still the same. */
    @Override
    public Optional<PagingEntry> root(long linear) {
        long physical = (cpu.get(MachineRegister.CR3) & POINTER_TABLE) + Long.BYTES * number(linear);
        return Optional.of(new PagingEntry(POINTER_LEVEL, physical, pointer(linear)));
    }

    private long pointer(long linear) {
        return cpu.get(MachineRegister.pdpte((int) number(linear)));
    }

    private static long number(long linear) {
        return linear >>> POINTER_SHIFT & POINTERS - 1;
    }

    @Override
    public boolean mapsPage(int level, long value) {
        return level == 1 || (value & PAGE_SIZE) != 0;
    }

    @Override
    public long reservedBits(int level, long value) {
        long reserved = reservedAddress;
        if ((cpu.get(MachineRegister.EFER) & Efer.NXE) == 0) reserved |= NO_EXECUTE;
        boolean large = level > 1 && (value & PAGE_SIZE) != 0;
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
}
