package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.MemoryOperand;

/** Memory that holds saved state: fields at offsets from a memory operand's address. */
final class StateArea {

    private final MemoryOperand place;
    private final Context context;
    private final long start;

    StateArea(MemoryOperand place, Context context) {
        this.place = place;
        this.context = context;
        this.start = context.effectiveAddress(place);
    }

    /** #GP(0) if the area does not begin on a boundary of so many bytes. */
    void requireAligned(int bytes) {
        Checks.require((context.linearAddress(place) & bytes - 1) == 0);
    }

    /** Faults as a write of so many bytes would. */
    void requireWritable(int offset, int sizeBytes) {
        context.checkWrite(place.segment(), at(offset), sizeBytes);
    }

    /** Faults as a read of the area's first bytes would; so many that no later load of one of them faults. */
    void requireReadable(int sizeBytes) {
        for (int offset = 0; offset < sizeBytes; offset += Long.BYTES) load(offset, Long.BYTES);
    }

    void store(int offset, int sizeBytes, long value) {
        context.store(place.segment(), at(offset), sizeBytes, value);
    }

    long load(int offset, int sizeBytes) {
        return context.load(place.segment(), at(offset), sizeBytes);
    }

    private long at(int offset) {
        return Width.zeroExtend(start + offset, place.addressSizeBytes());
    }
}
