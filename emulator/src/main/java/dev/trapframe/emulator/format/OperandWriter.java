package dev.trapframe.emulator.format;

import dev.trapframe.emulator.isa.FarPointerOperand;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.jspecify.annotations.Nullable;

/** Writes operands in one syntax. */
sealed interface OperandWriter permits AttOperandWriter, IntelOperandWriter {

    /** {@code %rax} or {@code rax}. */
    String register(String name);

    /** {@code $0x1} or {@code 0x1}. */
    String immediate(long value, int sizeBytes);

    /** {@code $0x10,$0x1234} or {@code 0x10:0x1234}. */
    String farPointer(FarPointerOperand pointer);

    /** A memory operand with base, index and displacement as they are encoded. */
    String memory(MemoryOperand memory, @Nullable SegmentRegister override, Encoded encoded, boolean sized);

    /** Memory at {@code segment:(register)}, of a string instruction. */
    String implicitMemory(SegmentRegister segment, String register, int sizeBytes);

    /** A DX that names a port, of INS and OUTS. */
    String port();

    /** DR0 to DR7. */
    String debugRegister(int number);

    /** The operand of an indirect branch. */
    String indirect(String operand);

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    /** {@code value} cut to {@code sizeBytes}. */
    static long cut(long value, int sizeBytes) {
        return sizeBytes >= Long.BYTES ? value : value & (1L << Byte.SIZE * sizeBytes) - 1;
    }

    static boolean isMemory(Operand operand) {
        return operand instanceof MemoryOperand;
    }
}
