package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;

/** Moves between registers and memory, and conversions. Source: Intel SDM Vol. 1, "Data Transfer Instructions". */
final class DataTransfer {

    private DataTransfer() {}

    /** Between general registers, memory and immediates; also MOVNTI. Source: Intel SDM Vol. 2B, MOV. */
    static void mov(Instruction instruction, Context context) {
        context.write(instruction.operand(0), context.read(instruction.operand(1)));
    }

    /** Source: Intel SDM Vol. 2B, MOVZX. */
    static void movzx(Instruction instruction, Context context) {
        context.write(instruction.operand(0), context.read(instruction.operand(1)));
    }

    /** MOVSX and MOVSXD. Source: Intel SDM Vol. 2B, MOVSX/MOVSXD. */
    static void movsx(Instruction instruction, Context context) {
        Operand source = instruction.operand(1);
        context.write(instruction.operand(0), Width.signExtend(context.read(source), source.sizeBytes()));
    }

    /**
     * The source is read and, with 32 bits, the upper half cleared whether the condition holds or not.
     *
     * <p>Source: Intel SDM Vol. 2A, CMOVcc.
     */
    static Semantics moveIf(Condition condition) {
        return (instruction, context) -> {
            Operand destination = instruction.operand(0);
            long source = context.read(instruction.operand(1));
            boolean holds = condition.holds(context.cpu().rflags());
            context.write(destination, holds ? source : context.read(destination));
        };
    }

    /** Bytes reversed on the way to or from memory. Source: Intel SDM Vol. 2B, MOVBE. */
    static void movbe(Instruction instruction, Context context) {
        Operand source = instruction.operand(1);
        int unused = Long.SIZE - Width.bits(source.sizeBytes());
        context.write(instruction.operand(0), Long.reverseBytes(context.read(source)) >>> unused);
    }

    /** With 16 bits the result is undefined; processors give 0. Source: Intel SDM Vol. 2A, BSWAP. */
    static void bswap(Instruction instruction, Context context) {
        Operand register = instruction.operand(0);
        int size = register.sizeBytes();
        long reversed = Long.reverseBytes(context.read(register)) >>> Long.SIZE - Width.bits(size);
        context.write(register, size == Short.BYTES ? 0 : reversed);
    }

    /** Computes an address and touches no memory. Source: Intel SDM Vol. 2A, LEA. */
    static void lea(Instruction instruction, Context context) {
        context.write(instruction.operand(0), context.effectiveAddress((MemoryOperand) instruction.operand(1)));
    }

    /** CBW, CWDE, CDQE: doubles the width of the accumulator. Source: Intel SDM Vol. 2A, CBW/CWDE/CDQE. */
    static void convertInAccumulator(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int half = instruction.operandSizeBytes() / 2;
        long value = Width.signExtend(Registers.read(cpu, GeneralRegister.RAX, half), half);
        Registers.write(cpu, GeneralRegister.RAX, instruction.operandSizeBytes(), value);
    }

    /** CWD, CDQ, CQO: fills RDX with the accumulator's sign. Source: Intel SDM Vol. 2A, CWD/CDQ/CQO. */
    static void convertIntoRdx(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operandSizeBytes();
        boolean negative = Width.isNegative(Registers.read(cpu, GeneralRegister.RAX, size), size);
        Registers.write(cpu, GeneralRegister.RDX, size, negative ? -1 : 0);
    }

    /** AL := DS:[RBX + AL]. Source: Intel SDM Vol. 2D, XLAT/XLATB. */
    static void xlat(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int addressSize = instruction.addressSizeBytes();
        SegmentRegister override = instruction.segmentOverride();
        long index = Registers.read(cpu, GeneralRegister.RAX, Byte.BYTES);
        long offset = Width.zeroExtend(cpu.general(GeneralRegister.RBX.ordinal()) + index, addressSize);
        long value = context.load(override == null ? SegmentRegister.DS : override, offset, Byte.BYTES);
        Registers.write(cpu, GeneralRegister.RAX, Byte.BYTES, value);
    }

    /** NOP, PAUSE, ENDBR64, fences and hints. Source: Intel SDM Vol. 2B, NOP, and the pages of the others. */
    static void nop(Instruction instruction, Context context) {
        // Nothing to do in a machine without caches, reordering and branch tracking.
    }

    /** CLFLUSH, CLFLUSHOPT, CLWB: faults as a byte read, and that is all. Source: Intel SDM Vol. 2A, CLFLUSH. */
    static void flushCacheLine(Instruction instruction, Context context) {
        context.read(instruction.operand(0));
    }
}
