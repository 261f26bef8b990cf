package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.RegisterOperand;

/** A general register of 8 or 16 bits, or a wider one that is only read. */
final class RegisterPart extends Place {

    private final int number;
    private final int shift;
    private final long mask;
    private final long kept;

    RegisterPart(RegisterOperand operand) {
        number = operand.register().ordinal();
        shift = operand.highByte() ? Byte.SIZE : 0;
        mask = Width.mask(operand.sizeBytes());
        kept = ~(mask << shift);
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
