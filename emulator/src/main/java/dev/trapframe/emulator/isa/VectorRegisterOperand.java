package dev.trapframe.emulator.isa;

/**
 * A vector, x87 or opmask register as an operand.
 *
 * @param number 0 to 15, or to 7 if the file has no more
 */
public record VectorRegisterOperand(RegisterFile file, int number) implements Operand {

    @Override
    public int sizeBytes() {
        return file.bytes();
    }
}
