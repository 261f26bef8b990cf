package dev.trapframe.emulator.isa;

/** An XMM register as an operand: XMM0 to XMM15. */
public record VectorRegisterOperand(int number) implements Operand {

    @Override
    public int sizeBytes() {
        return 16;
    }
}
