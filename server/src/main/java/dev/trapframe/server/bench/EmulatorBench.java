package dev.trapframe.server.bench;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.TraceView;
import java.util.Arrays;
import java.util.function.LongSupplier;

/** How fast the emulator runs the loop of {@link LoopProgram}. */
final class EmulatorBench {

    private static final int WARM_UP_ROUNDS = 3;

    private final LoopProgram free;
    private final LoopProgram recorded;
    private final int rounds;

    /**
     * @param free     run without a journal
     * @param recorded run with it
     * @param rounds   rounds that count, at least 1
     */
    EmulatorBench(LoopProgram free, LoopProgram recorded, int rounds) {
        this.free = free;
        this.recorded = recorded;
        this.rounds = rounds;
    }

    Rate instructionsPerSecond() {
        return rate(free.instructions(), this::runFree);
    }

    Rate recordedStepsPerSecond() {
        return rate(recorded.instructions(), this::runRecorded);
    }

    private long runFree() {
        Machine machine = free.machine();
        long start = System.nanoTime();
        RunEnd end = machine.run(free.instructions());
        long nanos = System.nanoTime() - start;
        requireHalted(end);
        free.requireRight(machine.view());
        return nanos;
    }

    private long runRecorded() {
        Machine machine = recorded.machine();
        long start = System.nanoTime();
        TraceView trace = machine.record(Limits.ofSteps(Math.toIntExact(recorded.instructions())));
        long nanos = System.nanoTime() - start;
        requireHalted(trace.end());
        recorded.requireRight(trace.at(trace.stepCount()));
        return nanos;
    }

    private Rate rate(long events, LongSupplier nanosOfOneRound) {
        double[] all = new double[WARM_UP_ROUNDS + rounds];
        for (int round = 0; round < all.length; round++) all[round] = events * 1e9 / nanosOfOneRound.getAsLong();
        double[] rates = Arrays.copyOfRange(all, WARM_UP_ROUNDS, all.length);
        Arrays.sort(rates);
        return new Rate(rates[rounds / 2], rates[rounds - 1]);
    }

    private static void requireHalted(RunEnd end) {
        if (end != RunEnd.HALTED) throw new IllegalStateException("the loop ended with " + end + ", not with HLT");
    }

    /** Events per second: the middle round and the best one. */
    record Rate(double median, double best) {}
}
