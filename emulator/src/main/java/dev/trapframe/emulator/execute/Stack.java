package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.memory.PhysicalMemory;

/** The stack of {@link BlockOp}s: words of 8 bytes in 64-bit mode, of 4 on a flat 32-bit stack. */
final class Stack {

    private static final int RSP = MachineRegister.RSP.ordinal();
    private static final int OFFSET = PhysicalMemory.PAGE_SIZE - 1;

    private final LinearMemory memory;
    private final int sizeBytes;
    private final long mask;

    /** What {@link #pop} has popped. */
    long value;

    Stack(LinearMemory memory, int sizeBytes) {
        this.memory = memory;
        this.sizeBytes = sizeBytes;
        this.mask = Width.mask(sizeBytes);
    }

    /** False if nothing was pushed, and RSP is as it was. */
    boolean push(long[] registers, long pushed) {
        long rsp = registers[RSP] - sizeBytes & mask;
        byte[] bytes = memory.plainToWrite(rsp, sizeBytes);
        if (bytes == null) return false;
        LittleEndian.put(bytes, (int) rsp & OFFSET, sizeBytes, pushed);
        registers[RSP] = rsp;
        return true;
    }

    /** False if nothing was popped, and RSP is as it was. */
    boolean pop(long[] registers) {
        if (!peek(registers)) return false;
        registers[RSP] = registers[RSP] + sizeBytes & mask;
        return true;
    }

    /** Reads the word at RSP, which stays. */
    boolean peek(long[] registers) {
        long rsp = registers[RSP] & mask;
        byte[] bytes = memory.plainToRead(rsp, sizeBytes);
        if (bytes == null) return false;
        value = LittleEndian.get(bytes, (int) rsp & OFFSET, sizeBytes);
        return true;
    }
}
