package dev.trapframe.emulator.isa;

import org.jspecify.annotations.Nullable;

/**
 * The fixed part of a form's encoding.
 *
 * @param opcode           the opcode byte; the first of eight if {@code registerInOpcode}
 * @param registerInOpcode the low three bits of the opcode are a register ({@code +rd})
 * @param vex              what it asks of a VEX prefix; null if it has none
 * @param modRmValue       the bits that {@code modRm} fixes: 0 to 7 for a digit, 0 to 255 for a whole byte
 */
public record OpcodePattern(
        OpcodeMap map,
        int opcode,
        MandatoryPrefix prefix,
        boolean rexW,
        boolean registerInOpcode,
        ModRm modRm,
        int modRmValue,
        @Nullable Vex vex) {

    /** How much of the ModRM byte a form fixes. */
    public enum ModRm {
        /** There is no ModRM byte. */
        NONE,
        /** {@code /r}. */
        REGISTER,
        /** {@code /0} to {@code /7}. */
        DIGIT,
        /** A whole byte whose rm field is ignored. */
        BYTE_ANY_RM,
        /** A whole byte. */
        BYTE
    }

    public boolean hasModRm() {
        return modRm != ModRm.NONE;
    }

    /** True if the form's pattern lets this ModRM byte through; operands may forbid it still. */
    public boolean permits(int modRmByte) {
        return switch (modRm) {
            case NONE, REGISTER -> true;
            case DIGIT -> (modRmByte >> 3 & 7) == modRmValue;
            case BYTE_ANY_RM -> (modRmByte & 0xF8) == modRmValue;
            case BYTE -> modRmByte == modRmValue;
        };
    }
}
