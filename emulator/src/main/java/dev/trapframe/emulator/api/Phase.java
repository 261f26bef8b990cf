package dev.trapframe.emulator.api;

/**
 * The part of an event's way into the kernel and back that a micro-op belongs to.
 *
 * <p>The processor knows two of them by itself, {@link #DELIVERY} and {@link #RETURN}; the others come from markers in the
 * program ({@code .trapframe.phase}). Without markers code at CPL 3 is {@link #USER} and other code {@link #ENTRY}.
 */
public enum Phase {
    USER,
    DELIVERY,
    ENTRY,
    C,
    EXIT,
    RETURN;

    private static final Phase[] VALUES = values();

    /** The phase with this number in a {@code .trapframe.phase} record, 0 to 5. */
    public static Phase of(int number) {
        return VALUES[number];
    }
}
