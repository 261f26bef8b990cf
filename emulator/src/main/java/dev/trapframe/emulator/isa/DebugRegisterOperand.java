package dev.trapframe.emulator.isa;

/** A debug register as an operand: DR0 to DR7. */
public record DebugRegisterOperand(int number) implements Operand {

    @Override
    public int sizeBytes() {
        return 8;
    }
}
