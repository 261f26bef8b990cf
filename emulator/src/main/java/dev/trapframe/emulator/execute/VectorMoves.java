package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.VectorRegisterOperand;
import dev.trapframe.emulator.state.CpuState;

/**
 * The SSE moves and exclusive ors that compilers put into kernels' code: 128 bits as two halves.
 *
 * <p>Source: Intel SDM Vol. 2B, the instructions' pages; Vol. 1, "Programming with Intel Streaming SIMD Extensions".
 */
final class VectorMoves {

    private static final int HALF = Long.BYTES;
    private static final int WHOLE = 2 * HALF;

    private VectorMoves() {}

    /** Source: Intel SDM Vol. 2B, MOVUPS, MOVDQU. */
    static void movu(Instruction instruction, Context context) {
        UnitChecks.requireSse(context);
        move(instruction, context);
    }

    /** #GP(0), not #AC, if memory is not on a boundary of 16 bytes. Source: Intel SDM Vol. 2B, MOVAPS, MOVDQA. */
    static void mova(Instruction instruction, Context context) {
        UnitChecks.requireSse(context);
        requireAligned(instruction, context);
        move(instruction, context);
    }

    private static void requireAligned(Instruction instruction, Context context) {
        for (int i = 0; i < instruction.operandCount(); i++) {
            if (instruction.operand(i) instanceof MemoryOperand memory) {
                Checks.require(context.linearAddress(memory) % WHOLE == 0);
            }
        }
    }

    private static void move(Instruction instruction, Context context) {
        Operand source = instruction.operand(1);
        long low = low(source, context);
        long high = high(source, context);
        if (instruction.operand(0) instanceof VectorRegisterOperand destination) {
            context.cpu().setXmm(destination.number(), low, high);
        } else {
            store((MemoryOperand) instruction.operand(0), context, low, high);
        }
    }

    /** Both pages are checked before the first byte is written. */
    private static void store(MemoryOperand place, Context context, long low, long high) {
        long offset = context.effectiveAddress(place);
        context.checkWrite(place.segment(), offset, WHOLE);
        context.store(place.segment(), offset, HALF, low);
        context.store(place.segment(), upper(place, offset), HALF, high);
    }

    private static long upper(MemoryOperand place, long offset) {
        return Width.zeroExtend(offset + HALF, place.addressSizeBytes());
    }

    private static long low(Operand operand, Context context) {
        if (operand instanceof VectorRegisterOperand register)
            return context.cpu().xmmLow(register.number());
        MemoryOperand place = (MemoryOperand) operand;
        return context.load(place.segment(), context.effectiveAddress(place), HALF);
    }

    private static long high(Operand operand, Context context) {
        if (operand instanceof VectorRegisterOperand register)
            return context.cpu().xmmHigh(register.number());
        MemoryOperand place = (MemoryOperand) operand;
        return context.load(place.segment(), upper(place, context.effectiveAddress(place)), HALF);
    }

    /**
     * MOVD and MOVQ: the low 32 or 64 bits. What goes into an XMM register clears the rest of it.
     *
     * <p>Source: Intel SDM Vol. 2B, "MOVD/MOVQ—Move Doubleword/Move Quadword", "MOVQ—Move Quadword".
     */
    static void movq(Instruction instruction, Context context) {
        UnitChecks.requireSse(context);
        Operand source = instruction.operand(1);
        long value = source instanceof VectorRegisterOperand register
                ? context.cpu().xmmLow(register.number())
                : context.read(source);
        if (instruction.operand(0) instanceof VectorRegisterOperand destination) {
            context.cpu().setXmm(destination.number(), value, 0);
        } else {
            context.write(instruction.operand(0), value);
        }
    }

    /** Source: Intel SDM Vol. 2B, PXOR; Vol. 2D, XORPS. */
    static void xor(Instruction instruction, Context context) {
        UnitChecks.requireSse(context);
        requireAligned(instruction, context);
        CpuState cpu = context.cpu();
        int destination = ((VectorRegisterOperand) instruction.operand(0)).number();
        long low = low(instruction.operand(1), context);
        long high = high(instruction.operand(1), context);
        cpu.setXmm(destination, cpu.xmmLow(destination) ^ low, cpu.xmmHigh(destination) ^ high);
    }
}
