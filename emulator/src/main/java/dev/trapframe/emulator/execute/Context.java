package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;

/**
 * What an instruction may ask of the world. Reads and writes may throw {@link dev.trapframe.emulator.event.Fault}.
 *
 * <p>Values are zero-extended {@code long}s of the given width. Every access to memory notes its micro-op.
 */
public interface Context {

    CpuState cpu();

    /** Address of the next instruction: RIP when the instruction completes, unless it {@linkplain #jump jumps}. */
    long nextRip();

    /** Makes {@code target} the RIP after this instruction; #GP(0) if it is not canonical. */
    void jump(long target);

    /** The value of an operand, zero-extended from {@code operand.sizeBytes()}; immediates sign-extended as they stand. */
    long read(Operand operand);

    /** Like {@link #read}, but asks for the right to write first: a read-modify-write faults as a write. */
    long readForWrite(Operand operand);

    /** Writes the low {@code operand.sizeBytes()} bytes; a 32-bit register write clears the upper half. */
    void write(Operand operand, long value);

    /** Effective address, cut to the address size, segment base not added: what LEA computes. */
    long effectiveAddress(MemoryOperand operand);

    /** Linear address: the segment's base added. */
    long linearAddress(MemoryOperand operand);

    /** Reads 1, 2, 4 or 8 bytes at {@code segment:offset}. */
    long load(SegmentRegister segment, long offset, int sizeBytes);

    /** Writes 1, 2, 4 or 8 bytes at {@code segment:offset}. */
    void store(SegmentRegister segment, long offset, int sizeBytes, long value);

    long loadFromStack(long rsp, int sizeBytes);

    void storeToStack(long rsp, int sizeBytes, long value);

    /** Reads as the processor itself does (descriptor tables): supervisor rights whatever the CPL. */
    long loadSystem(long linear, int sizeBytes);

    /** Writes as the processor itself does: supervisor rights whatever the CPL. */
    void storeSystem(long linear, int sizeBytes, long value);
}
