package dev.trapframe.server.machinefile;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.TraceView;
import java.io.IOException;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** Runs a machine and writes its trace while it runs: a long run needs no memory for its steps. */
public final class TraceRun {

    private static final int STEPS_AT_A_TIME = 4096;
    private static final long ITERATIONS_AT_A_TIME = 100_000;

    private final Machine machine;
    private final RunBounds bounds;
    private final RunBounds.Stopwatch stopwatch;
    private final boolean withMicroOps;
    private final SerialPrinter serial;
    private int steps;
    private long repeated;

    public TraceRun(Machine machine, RunBounds bounds, boolean withMicroOps, SerialPrinter serial) {
        this.machine = machine;
        this.bounds = bounds;
        this.stopwatch = bounds.stopwatch();
        this.withMicroOps = withMicroOps;
        this.serial = serial;
    }

    /** Runs to the end or a limit, and writes a line for each step and one for the end. */
    public RunResult write(Writer out) throws IOException {
        TraceLines lines = new TraceLines(out, machine.view(), withMicroOps);
        RunEnd end = null;
        while (end == null) {
            TraceView trace = machine.record(portion());
            for (int i = 0; i < trace.stepCount(); i++) {
                lines.step(trace.step(i));
                repeated += trace.step(i).iterations() - 1;
            }
            steps += trace.stepCount();
            serial.print(machine.serialOutput());
            end = end(trace.end());
        }
        RunResult result = RunResult.of(end, machine);
        lines.end(result);
        return result;
    }

    /** So much that the limits are met exactly: a step takes a tick at least. */
    private Limits portion() {
        long ticksLeft = Math.max(0, bounds.ticks() - machine.ticks());
        int count = (int) Math.min(Math.min(STEPS_AT_A_TIME, bounds.steps() - steps), ticksLeft);
        return new Limits(count, Math.min(ITERATIONS_AT_A_TIME, ticksLeft), bounds.pages(), this::isOver);
    }

    private boolean isOver() {
        return machine.ticks() >= bounds.ticks() || stopwatch.isOver();
    }

    /** What ends the whole run after a portion of it; null if it goes on. */
    private @Nullable RunEnd end(RunEnd ofPortion) {
        boolean limit =
                ofPortion == RunEnd.STEP_LIMIT || ofPortion == RunEnd.ITERATION_LIMIT || ofPortion == RunEnd.TIME_LIMIT;
        if (!limit) return ofPortion;
        if (machine.ticks() >= bounds.ticks()) return RunEnd.TICK_LIMIT;
        if (ofPortion == RunEnd.TIME_LIMIT) return RunEnd.TIME_LIMIT;
        if (steps >= bounds.steps()) return RunEnd.STEP_LIMIT;
        return repeated >= maxIterations() ? RunEnd.ITERATION_LIMIT : null;
    }

    /** Of REP string instructions, in the whole run. */
    private long maxIterations() {
        return Math.max(bounds.steps(), Limits.DEFAULT_ITERATIONS);
    }
}
