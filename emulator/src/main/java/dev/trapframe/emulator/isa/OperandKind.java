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
    /** General register in VEX.vvvv. */
    VVVV_REGISTER,
    /** Vector, x87 or opmask register in ModRM.reg. */
    VECTOR_REGISTER,
    /** The same in ModRM.rm; memory is not possible. */
    VECTOR_RM,
    /** The same in ModRM.rm, or memory. */
    VECTOR_OR_MEMORY,
    /** The same in VEX.vvvv. */
    VECTOR_VVVV,
    /** The same in the high four bits of an immediate byte. */
    VECTOR_IS4,
    /** Memory at several places: the index is a vector register. */
    VECTOR_INDEXED_MEMORY,
    /** A vector, x87 or tile register that the form names itself. */
    FIXED_VECTOR,
    FIXED_REGISTER,
    FIXED_SEGMENT_REGISTER,
    /** The constant 1 of a shift. */
    ONE;

    public boolean isMemoryPossible() {
        return switch (this) {
            case REGISTER_OR_MEMORY, MEMORY, MEMORY_OFFSET, VECTOR_OR_MEMORY, VECTOR_INDEXED_MEMORY -> true;
            default -> false;
        };
    }

    /** True if ModRM.mod and ModRM.rm code it. */
    public boolean isInRm() {
        return switch (this) {
            case REGISTER_OR_MEMORY, MEMORY, RM_REGISTER, VECTOR_RM, VECTOR_OR_MEMORY, VECTOR_INDEXED_MEMORY -> true;
            default -> false;
        };
    }

    /** True if VEX.vvvv codes it. */
    public boolean isInVvvv() {
        return this == VVVV_REGISTER || this == VECTOR_VVVV;
    }

    public boolean isImmediate() {
        return this == IMMEDIATE || this == UNSIGNED_IMMEDIATE;
    }
}
