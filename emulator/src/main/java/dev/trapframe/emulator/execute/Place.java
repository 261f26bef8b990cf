package dev.trapframe.emulator.execute;

/** Where an operand of a {@link BlockOp} is if it is no whole register: a part of one, or plain memory. */
abstract class Place {

    /** What {@link #read} found, zero-extended. */
    long value;

    /** False if it cannot be read here; nothing has happened then. */
    abstract boolean read(long[] registers);

    /** As {@link #read}, and {@link #write} will work. */
    abstract boolean readForWrite(long[] registers);

    /** Writes where {@link #readForWrite} has read. Bits above the width do not count. */
    abstract void write(long[] registers, long newValue);

    /** Writes without reading; false if that cannot be done here, and nothing has happened then. */
    abstract boolean store(long[] registers, long newValue);

    /** True if reads and writes may be refused. */
    abstract boolean mayRefuse();
}
