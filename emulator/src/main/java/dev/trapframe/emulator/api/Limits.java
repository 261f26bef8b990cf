package dev.trapframe.emulator.api;

import java.util.function.BooleanSupplier;

/**
 * Where a recorded run stops at the latest; what was recorded until then is kept. A step takes at most 4,096 iterations of
 * a REP string instruction, so that a run exceeds a limit by no more than one step's work.
 *
 * @param steps      most steps
 * @param iterations most iterations of REP string instructions, not counting the first of each step
 * @param pages      most 4 KiB pages of physical memory that the run may touch
 * @param shouldStop asked now and then; true ends the run with {@link RunEnd#TIME_LIMIT} (the emulator itself reads no clock)
 */
public record Limits(int steps, long iterations, int pages, BooleanSupplier shouldStop) {

    /** Iterations of a run that says nothing about them. */
    public static final long DEFAULT_ITERATIONS = 1_000_000;

    /** A step limit, with {@link #DEFAULT_ITERATIONS} and room for 64 MiB. */
    public static Limits ofSteps(int steps) {
        return new Limits(steps, DEFAULT_ITERATIONS, 16_384, () -> false);
    }
}
