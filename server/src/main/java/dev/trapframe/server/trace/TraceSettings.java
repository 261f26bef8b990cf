package dev.trapframe.server.trace;

import java.time.Duration;

/**
 * Bounds of a {@link TraceService}.
 *
 * @param workers     runs at the same time
 * @param queue       runs that may wait
 * @param pages       most 4 KiB pages of physical memory that one run may touch
 * @param wallTime    longest time that one run may take
 * @param cacheBytes  about how much memory the cached traces may take
 * @param recipes     most recipes that are remembered by their ids
 */
public record TraceSettings(int workers, int queue, int pages, Duration wallTime, long cacheBytes, int recipes) {

    /** As many workers as processors, 64 waiting, 64 MiB and 5 seconds for a run, 128 MiB of traces, 10,000 recipes. */
    public static TraceSettings standard() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new TraceSettings(processors, 64, 16_384, Duration.ofSeconds(5), 128L << 20, 10_000);
    }
}
