package dev.trapframe.emulator.isa;

/** One operand of an {@link Instruction}. Operands stand in the manual's (Intel) order: the destination first. */
public sealed interface Operand
        permits RegisterOperand,
                MemoryOperand,
                ImmediateOperand,
                RelativeOperand,
                SegmentRegisterOperand,
                ControlRegisterOperand,
                DebugRegisterOperand,
                VectorRegisterOperand,
                FarPointerOperand {

    /** Width of the value that the operand names: 1, 2, 4, 8 or 16 bytes. */
    int sizeBytes();
}
