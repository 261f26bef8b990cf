package dev.trapframe.emulator.isa;

/** A segment register as an operand: its selector, 16 bits. */
public record SegmentRegisterOperand(SegmentRegister register) implements Operand {

    @Override
    public int sizeBytes() {
        return 2;
    }
}
