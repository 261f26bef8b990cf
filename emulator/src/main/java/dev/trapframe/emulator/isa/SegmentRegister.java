package dev.trapframe.emulator.isa;

/**
 * The six segment registers, in the order of their encoding in ModRM.reg.
 *
 * <p>Source: Intel SDM Vol. 2A, "Instruction Format", table of register operands.
 */
public enum SegmentRegister {
    ES,
    CS,
    SS,
    DS,
    FS,
    GS;

    private static final SegmentRegister[] BY_NUMBER = values();

    /** The segment register with the given number, 0 to 5. */
    public static SegmentRegister of(int number) {
        return BY_NUMBER[number];
    }
}
