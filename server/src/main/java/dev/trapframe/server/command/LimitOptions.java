package dev.trapframe.server.command;

import dev.trapframe.server.machinefile.RunBounds;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say where a run stops at the latest. */
final class LimitOptions {

    private static final int DEFAULT_STEPS = 1_000_000;
    /** Of a quiet run: a minute or two. */
    private static final long DEFAULT_TICKS = 10_000_000_000L;

    private static final int MAX_SECONDS = 1_000_000;

    @Option(names = "--steps", paramLabel = "N", description = "Stop a run after N steps (1000000).")
    private @Nullable Integer steps;

    @Option(
            names = "--ticks",
            paramLabel = "N",
            description = "Stop after N ticks: instructions and iterations of REP string instructions (any number; with"
                    + " --quiet 10000000000).")
    private @Nullable Long ticks;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description =
                    "Stop when the machine holds more than SIZE bytes of memory; K, M and G are understood (256M).")
    private long memoryBytes = RunBounds.DEFAULT_MEMORY_BYTES;

    @Option(names = "--seconds", paramLabel = "N", description = "Stop after N seconds; fractions too (any time).")
    private @Nullable Double seconds;

    /** What is wrong with the options; empty if nothing is. */
    Optional<String> mistake(boolean quiet) {
        if (steps != null && quiet)
            return Optional.of("--steps counts the steps that are shown; with --quiet say --ticks");
        if (steps != null && steps < 1) return Optional.of("--steps must be at least 1, got " + steps);
        if (ticks != null && ticks < 1) return Optional.of("--ticks must be at least 1, got " + ticks);
        if (seconds != null && !(seconds > 0 && seconds <= MAX_SECONDS)) {
            return Optional.of("--seconds must be more than 0 and at most " + MAX_SECONDS + ", got " + seconds);
        }
        return Optional.empty();
    }

    RunBounds bounds(boolean quiet) {
        long otherwise = quiet ? DEFAULT_TICKS : Long.MAX_VALUE;
        return new RunBounds(
                steps == null ? DEFAULT_STEPS : steps,
                ticks == null ? otherwise : ticks,
                memoryBytes,
                seconds == null ? null : Duration.ofNanos((long) (seconds * 1e9)));
    }
}
