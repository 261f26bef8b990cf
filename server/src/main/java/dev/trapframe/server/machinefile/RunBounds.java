package dev.trapframe.server.machinefile;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a run stops at the latest.
 *
 * @param steps       most steps; a run that is not recorded does not count them
 * @param ticks       most instructions and REP iterations, idle ticks while the processor is halted included
 * @param memoryBytes most bytes of physical memory that the machine may hold, in whole pages of 4,096
 * @param duration    most time by the host's clock; null for any
 */
public record RunBounds(
        int steps, long ticks, long memoryBytes, @Nullable Duration duration) {

    private static final int PAGE_BYTES = 4096;

    /** 256 MiB. */
    public static final long DEFAULT_MEMORY_BYTES = 256L << 20;

    /** A step limit, room for 256 MiB, and nothing else. */
    public static RunBounds ofSteps(int steps) {
        return new RunBounds(steps, Long.MAX_VALUE, DEFAULT_MEMORY_BYTES, null);
    }

    int pages() {
        return (int) Math.min(Integer.MAX_VALUE, memoryBytes / PAGE_BYTES);
    }

    /** A clock that starts now. */
    Stopwatch stopwatch() {
        return new Stopwatch(duration);
    }

    /** Tells whether the time is over. */
    static final class Stopwatch {

        private final long start = System.nanoTime();
        private final @Nullable Duration duration;

        private Stopwatch(@Nullable Duration duration) {
            this.duration = duration;
        }

        boolean isOver() {
            return duration != null && System.nanoTime() - start >= duration.toNanos();
        }
    }
}
