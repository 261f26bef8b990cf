package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.state.Rflags;
import java.util.function.LongBinaryOperator;

/**
 * Bit and byte instructions.
 *
 * <p>Source: Intel SDM Vol. 1, "Bit and Byte Instructions". Undefined flags stay as they were.
 */
final class BitByte {

    /** CRC-32C, bits reversed. */
    private static final int CRC_POLYNOMIAL = 0x82f63b78;

    private BitByte() {}

    /** Source: Intel SDM Vol. 2A, BT. Reads only. */
    static void bt(Instruction instruction, Context context) {
        Operand base = bitBase(instruction, context);
        setCarry(context, Width.bit(context.read(base), bitOffset(instruction, context, base)));
    }

    /** Source: Intel SDM Vol. 2A, BTS. A memory destination faults as a write. */
    static void bts(Instruction instruction, Context context) {
        modifyBit(instruction, context, (value, bit) -> value | bit);
    }

    /** Source: Intel SDM Vol. 2A, BTR. A memory destination faults as a write. */
    static void btr(Instruction instruction, Context context) {
        modifyBit(instruction, context, (value, bit) -> value & ~bit);
    }

    /** Source: Intel SDM Vol. 2A, BTC. A memory destination faults as a write. */
    static void btc(Instruction instruction, Context context) {
        modifyBit(instruction, context, (value, bit) -> value ^ bit);
    }

    private static void modifyBit(Instruction instruction, Context context, LongBinaryOperator change) {
        Operand base = bitBase(instruction, context);
        int offset = bitOffset(instruction, context, base);
        long value = context.readForWrite(base);
        context.write(base, change.applyAsLong(value, 1L << offset));
        setCarry(context, Width.bit(value, offset));
    }

    /** The word that holds the bit: a bit number in a register is signed and reaches beyond a memory operand. */
    private static Operand bitBase(Instruction instruction, Context context) {
        Operand base = instruction.operand(0);
        Operand number = instruction.operand(1);
        if (!(base instanceof MemoryOperand memory) || !(number instanceof RegisterOperand)) return base;
        int size = memory.sizeBytes();
        long words = Width.signExtend(context.read(number), size) >> Integer.numberOfTrailingZeros(Width.bits(size));
        return new MemoryOperand(
                memory.segment(),
                memory.base(),
                memory.index(),
                memory.scale(),
                memory.displacement() + words * size,
                memory.ripRelative(),
                memory.addressSizeBytes(),
                size);
    }

    private static int bitOffset(Instruction instruction, Context context, Operand base) {
        return (int) context.read(instruction.operand(1)) & Width.bits(base.sizeBytes()) - 1;
    }

    private static void setCarry(Context context, boolean bit) {
        StatusFlags.write(context, Rflags.CF, StatusFlags.when(bit, Rflags.CF));
    }

    /** A zero source sets ZF and leaves the destination alone. Source: Intel SDM Vol. 2A, BSF. */
    static void bsf(Instruction instruction, Context context) {
        long source = context.read(instruction.operand(1));
        if (source != 0) context.write(instruction.operand(0), Long.numberOfTrailingZeros(source));
        StatusFlags.write(context, Rflags.ZF, StatusFlags.when(source == 0, Rflags.ZF));
    }

    /** A zero source sets ZF and leaves the destination alone. Source: Intel SDM Vol. 2A, BSR. */
    static void bsr(Instruction instruction, Context context) {
        long source = context.read(instruction.operand(1));
        if (source != 0) context.write(instruction.operand(0), Long.SIZE - 1 - Long.numberOfLeadingZeros(source));
        StatusFlags.write(context, Rflags.ZF, StatusFlags.when(source == 0, Rflags.ZF));
    }

    /** A zero source counts as many as it is wide, and sets CF. Source: Intel SDM Vol. 2B, TZCNT. */
    static void tzcnt(Instruction instruction, Context context) {
        Operand source = instruction.operand(1);
        long value = context.read(source);
        finishCount(
                instruction,
                context,
                value,
                value == 0 ? Width.bits(source.sizeBytes()) : Long.numberOfTrailingZeros(value));
    }

    /** A zero source counts as many as it is wide, and sets CF. Source: Intel SDM Vol. 2A, LZCNT. */
    static void lzcnt(Instruction instruction, Context context) {
        Operand source = instruction.operand(1);
        long value = context.read(source);
        int unused = Long.SIZE - Width.bits(source.sizeBytes());
        finishCount(instruction, context, value, Long.numberOfLeadingZeros(value) - unused);
    }

    private static void finishCount(Instruction instruction, Context context, long source, int count) {
        context.write(instruction.operand(0), count);
        long flags = StatusFlags.when(source == 0, Rflags.CF) | StatusFlags.when(count == 0, Rflags.ZF);
        StatusFlags.write(context, Rflags.CF | Rflags.ZF, flags);
    }

    /** All flags but ZF are 0. Source: Intel SDM Vol. 2B, POPCNT. */
    static void popcnt(Instruction instruction, Context context) {
        long source = context.read(instruction.operand(1));
        context.write(instruction.operand(0), Long.bitCount(source));
        StatusFlags.write(context, Rflags.STATUS, StatusFlags.when(source == 0, Rflags.ZF));
    }

    /** 1 or 0. Source: Intel SDM Vol. 2B, SETcc. */
    static Semantics setIf(Condition condition) {
        return (instruction, context) -> context.write(
                instruction.operand(0), condition.holds(context.cpu().rflags()) ? 1 : 0);
    }

    /** The checksum of 1, 2, 4 or 8 more bytes, lowest first. Source: Intel SDM Vol. 2A, CRC32. */
    static void crc32(Instruction instruction, Context context) {
        Operand source = instruction.operand(1);
        long value = context.read(source);
        int crc = (int) context.read(instruction.operand(0));
        for (int i = 0; i < Width.bits(source.sizeBytes()); i++) {
            boolean one = ((crc ^ value >>> i) & 1) != 0;
            crc = crc >>> 1 ^ (one ? CRC_POLYNOMIAL : 0);
        }
        context.write(instruction.operand(0), Integer.toUnsignedLong(crc));
    }
}
