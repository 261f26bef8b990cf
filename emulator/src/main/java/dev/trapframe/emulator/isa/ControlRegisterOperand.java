package dev.trapframe.emulator.isa;

/** A control register as an operand: CR0, CR2, CR3, CR4 or CR8. */
public record ControlRegisterOperand(int number) implements Operand {

    @Override
    public int sizeBytes() {
        return 8;
    }
}
