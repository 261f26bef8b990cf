package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;

/**
 * A far pointer in memory: the offset, as wide as the operand size, and behind it the selector.
 *
 * @param selector 16 bits
 * @param offset   zero-extended
 */
record FarPointer(int selector, long offset) {

    static FarPointer read(Instruction instruction, Context context, MemoryOperand memory) {
        int size = instruction.operandSizeBytes();
        long address = context.effectiveAddress(memory);
        long selectorAddress = Width.zeroExtend(address + size, memory.addressSizeBytes());
        long offset = context.load(memory.segment(), address, size);
        return new FarPointer((int) context.load(memory.segment(), selectorAddress, Short.BYTES), offset);
    }
}
