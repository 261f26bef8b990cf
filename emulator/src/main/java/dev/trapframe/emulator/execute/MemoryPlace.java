package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.memory.PhysicalMemory;

/** Memory in a page that may be read or written without asking anybody. */
final class MemoryPlace extends Place {

    private static final int OFFSET = PhysicalMemory.PAGE_SIZE - 1;
    private static final byte[] NOWHERE = {};

    private final LinearMemory memory;
    private final EffectiveAddress address;
    private final int sizeBytes;
    private byte[] page = NOWHERE;
    private int offset;

    MemoryPlace(LinearMemory memory, EffectiveAddress address, int sizeBytes) {
        this.memory = memory;
        this.address = address;
        this.sizeBytes = sizeBytes;
    }

    @Override
    boolean read(long[] registers) {
        long linear = address.linear(registers);
        byte[] bytes = memory.plainToRead(linear, sizeBytes);
        if (bytes == null) return false;
        value = LittleEndian.get(bytes, (int) linear & OFFSET, sizeBytes);
        return true;
    }

    @Override
    boolean readForWrite(long[] registers) {
        long linear = address.linear(registers);
        byte[] bytes = memory.plainToWrite(linear, sizeBytes);
        if (bytes == null) return false;
        page = bytes;
        offset = (int) linear & OFFSET;
        value = LittleEndian.get(bytes, offset, sizeBytes);
        return true;
    }

    @Override
    void write(long[] registers, long newValue) {
        LittleEndian.put(page, offset, sizeBytes, newValue);
    }

    @Override
    boolean store(long[] registers, long newValue) {
        long linear = address.linear(registers);
        byte[] bytes = memory.plainToWrite(linear, sizeBytes);
        if (bytes == null) return false;
        LittleEndian.put(bytes, (int) linear & OFFSET, sizeBytes, newValue);
        return true;
    }

    @Override
    boolean mayRefuse() {
        return true;
    }
}
