package dev.trapframe.emulator.isa;

/**
 * The sixteen general-purpose registers, in the order of their encoding: {@code ordinal()} is the register number that
 * ModRM, SIB and REX form.
 *
 * <p>Source: Intel SDM Vol. 1, "General-Purpose Registers in 64-Bit Mode".
 */
public enum GeneralRegister {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15;

    private static final GeneralRegister[] BY_NUMBER = values();

    /** The register with the given number, 0 to 15. */
    public static GeneralRegister of(int number) {
        return BY_NUMBER[number];
    }
}
