package dev.trapframe.emulator.isa;

/** Where an operand of a form comes from. */
public enum OperandKind {
    /** General register in ModRM.reg. */
    REGISTER,
    /** General register in ModRM.rm; memory is not possible. */
    RM_REGISTER,
    /** General register in the low bits of the opcode. */
    OPCODE_REGISTER,
    /** General register or memory, ModRM.rm. */
    REGISTER_OR_MEMORY,
    /** Memory, ModRM.rm. */
    MEMORY,
    /** Memory at an offset that follows the opcode. */
    MEMORY_OFFSET,
    /** Sign-extended to the width of the operation. */
    IMMEDIATE,
    /** Zero-extended. */
    UNSIGNED_IMMEDIATE,
    RELATIVE,
    FAR_POINTER,
    /** Segment register in ModRM.reg. */
    SEGMENT_REGISTER,
    /** Control register in ModRM.reg. */
    CONTROL_REGISTER,
    /** Debug register in ModRM.reg. */
    DEBUG_REGISTER,
    FIXED_REGISTER,
    FIXED_SEGMENT_REGISTER,
    /** The constant 1 of a shift. */
    ONE;

    public boolean isMemoryPossible() {
        return this == REGISTER_OR_MEMORY || this == MEMORY || this == MEMORY_OFFSET;
    }

    /** True if ModRM.mod and ModRM.rm code it. */
    public boolean isInRm() {
        return this == REGISTER_OR_MEMORY || this == MEMORY || this == RM_REGISTER;
    }

    public boolean isImmediate() {
        return this == IMMEDIATE || this == UNSIGNED_IMMEDIATE;
    }
}
