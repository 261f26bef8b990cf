package dev.trapframe.server.machinefile;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import java.io.IOException;
import java.io.Writer;
import java.util.Locale;

/** Runs a machine from a file and writes its trace while it runs: a long run needs no memory for its steps. */
public final class TraceRun {

    /** What {@link #write} returns if the run reached the end that its file names. */
    public static final String REACHED = "end";

    private static final int STEPS_AT_A_TIME = 4096;
    private static final long ITERATIONS_AT_A_TIME = 100_000;

    /** 256 MiB. */
    private static final int MAX_PAGES = 65_536;

    private final MachineFile file;
    private final int maxSteps;
    private final boolean withMicroOps;

    public TraceRun(MachineFile file, int maxSteps, boolean withMicroOps) {
        this.file = file;
        this.maxSteps = maxSteps;
        this.withMicroOps = withMicroOps;
    }

    /**
     * Runs to the end or the limit.
     *
     * @return {@link #REACHED}, else what ended the run, for people; the last line has its first word
     * @throws BadMachineFile if no machine can start in this state
     */
    public String write(Writer out) throws BadMachineFile, IOException {
        Machine machine = machine();
        TraceLines lines = new TraceLines(out, machine.view(), withMicroOps);
        int done = 0;
        long repeated = 0;
        while (true) {
            int count = Math.min(STEPS_AT_A_TIME, maxSteps - done);
            TraceView trace = machine.record(new Limits(count, ITERATIONS_AT_A_TIME, MAX_PAGES, () -> false));
            for (int i = 0; i < trace.stepCount(); i++) {
                lines.step(trace.step(i));
                repeated += trace.step(i).iterations() - 1;
            }
            done += trace.stepCount();
            if (trace.end() == RunEnd.STEP_LIMIT && done < maxSteps) continue;
            if (trace.end() == RunEnd.ITERATION_LIMIT && repeated < maxIterations()) continue;
            lines.end(word(trace.end()), done);
            return trace.end() == RunEnd.END_REACHED ? REACHED : reason(trace, done);
        }
    }

    /** Of REP string instructions, in the whole run. */
    private long maxIterations() {
        return Math.max(maxSteps, Limits.DEFAULT_ITERATIONS);
    }

    private Machine machine() throws BadMachineFile {
        try {
            return file.end().isPresent()
                    ? Machine.load(file.state(), file.end().getAsLong())
                    : Machine.load(file.state());
        } catch (IllegalArgumentException e) {
            throw new BadMachineFile(e.getMessage());
        }
    }

    private static String word(RunEnd end) {
        return switch (end) {
            case END_REACHED -> REACHED;
            case STEP_LIMIT -> "limit";
            default -> end.name().toLowerCase(Locale.ROOT).replace('_', '-');
        };
    }

    private String reason(TraceView trace, int done) {
        String where = " after " + done + " steps";
        if (trace.end() == RunEnd.STEP_LIMIT) return "limit of steps reached" + where;
        StepOutcome last = trace.step(trace.stepCount() - 1).outcome();
        if (last instanceof StepOutcome.Shutdown shutdown) return "shutdown" + where + ": " + shutdown.reason();
        if (last instanceof StepOutcome.NotEmulated missing) {
            return String.format(
                    "not emulated%s: %s at %x [%s]", where, missing.what(), missing.linear(), missing.bytes());
        }
        return word(trace.end()) + where;
    }
}
