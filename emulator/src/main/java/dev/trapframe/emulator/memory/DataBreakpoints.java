package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.DebugBits;

/**
 * The breakpoints of DR0 to DR3, compared with accesses. Those on data and ports are traps: what they hit is kept until the
 * instruction completes.
 *
 * <p>Source: Intel SDM Vol. 3B, "Debug Registers" and "Breakpoint Field Recognition".
 */
public final class DataBreakpoints {

    private static final int COUNT = 4;
    private static final int KIND_EXECUTION = 0;
    private static final int KIND_WRITES = 1;
    private static final int KIND_PORTS = 2;
    private static final int KIND_READS_AND_WRITES = 3;

    private final CpuState cpu;
    private long hits;

    DataBreakpoints(CpuState cpu) {
        this.cpu = cpu;
    }

    /** True if any breakpoint of any kind is enabled. */
    public boolean areEnabled() {
        return (cpu.get(MachineRegister.DR7) & DebugBits.DR7_ENABLES) != 0;
    }

    void accessed(long linear, int sizeBytes, boolean written) {
        long dr7 = cpu.get(MachineRegister.DR7);
        for (int i = 0; i < COUNT; i++) {
            int kind = DebugBits.kind(dr7, i);
            boolean watched = kind == KIND_READS_AND_WRITES || kind == KIND_WRITES && written;
            if (watched && DebugBits.isEnabled(dr7, i) && overlaps(i, dr7, linear, sizeBytes)) hits |= 1L << i;
        }
    }

    private boolean overlaps(int breakpoint, long dr7, long linear, int sizeBytes) {
        int length = DebugBits.sizeBytes(dr7, breakpoint);
        long start = address(breakpoint) & -length;
        return Long.compareUnsigned(linear - start, length) < 0 || Long.compareUnsigned(start - linear, sizeBytes) < 0;
    }

    /** Notes an access to I/O ports; there are such breakpoints with CR4.DE alone. */
    public void portAccessed(int port, int sizeBytes) {
        if ((cpu.get(MachineRegister.CR4) & Cr4.DE) == 0) return;
        long dr7 = cpu.get(MachineRegister.DR7);
        for (int i = 0; i < COUNT; i++) {
            boolean watched = DebugBits.isEnabled(dr7, i) && DebugBits.kind(dr7, i) == KIND_PORTS;
            if (watched && overlaps(i, dr7, port, sizeBytes)) hits |= 1L << i;
        }
    }

    private long address(int breakpoint) {
        return cpu.get(MachineRegister.values()[MachineRegister.DR0.ordinal() + breakpoint]);
    }

    /** DR6.B0 to B3 for an instruction at this address, 0 if no execution breakpoint is there. */
    public long atInstruction(long linear) {
        long dr7 = cpu.get(MachineRegister.DR7);
        long found = 0;
        for (int i = 0; i < COUNT; i++) {
            boolean execution = DebugBits.isEnabled(dr7, i) && DebugBits.kind(dr7, i) == KIND_EXECUTION;
            if (execution && address(i) == linear) found |= 1L << i;
        }
        return found;
    }

    public boolean hasHits() {
        return hits != 0;
    }

    /** DR6.B0 to B3 for the data breakpoints hit since this was asked last. */
    public long takeHits() {
        long taken = hits;
        hits = 0;
        return taken;
    }
}
