package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.RegisterOperand;

/** A general register or a part of it; writing 32 bits clears the upper half. */
final class RegisterPart extends Place {

    private static final long LOW_32 = 0xffff_ffffL;

    private final int number;
    private final int shift;
    private final long mask;
    private final long kept;

    RegisterPart(RegisterOperand operand) {
        number = operand.register().ordinal();
        shift = operand.highByte() ? Byte.SIZE : 0;
        mask = Width.mask(operand.sizeBytes());
        kept = mask == LOW_32 ? 0 : ~(mask << shift);
    }

    @Override
    boolean read(long[] registers) {
        value = registers[number] >>> shift & mask;
        return true;
    }

    @Override
    boolean readForWrite(long[] registers) {
        return read(registers);
    }

    @Override
    void write(long[] registers, long newValue) {
        registers[number] = registers[number] & kept | (newValue & mask) << shift;
    }

    @Override
    boolean store(long[] registers, long newValue) {
        write(registers, newValue);
        return true;
    }

    @Override
    boolean mayRefuse() {
        return false;
    }
}
