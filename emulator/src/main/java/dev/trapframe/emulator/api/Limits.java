package dev.trapframe.emulator.api;

import java.util.function.BooleanSupplier;

/**
 * Where a recorded run stops at the latest; what was recorded until then is kept.
 *
 * @param steps      most steps
 * @param pages      most 4 KiB pages of physical memory that the run may touch
 * @param shouldStop asked now and then; true ends the run with {@link RunEnd#TIME_LIMIT} (the emulator itself reads no clock)
 */
public record Limits(int steps, int pages, BooleanSupplier shouldStop) {

    /** A step limit alone, with room for 64 MiB. */
    public static Limits ofSteps(int steps) {
        return new Limits(steps, 16_384, () -> false);
    }
}
