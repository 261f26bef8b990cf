package dev.trapframe.emulator.isa;

import java.util.Locale;
import java.util.Optional;

/**
 * Which part of the processor executes a form: control registers can switch parts off, and then the form raises #UD or #NM.
 *
 * <p>Source: Intel SDM Vol. 3A, "Control Registers"; Vol. 2A, "Exception Conditions" of the instruction classes.
 */
public enum Unit {
    /** The integer and system part, which is always on. */
    INTEGER,
    X87,
    MMX,
    SSE,
    AVX,
    AVX512,
    /** Not there: CPUID reports no such feature, so the form raises #UD. */
    ABSENT;

    static Optional<Unit> of(String word) {
        for (Unit unit : values()) {
            if (unit.name().toLowerCase(Locale.ROOT).equals(word)) return Optional.of(unit);
        }
        return Optional.empty();
    }
}
