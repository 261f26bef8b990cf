package dev.trapframe.emulator.bench;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.TraceView;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** An instruction, run free, step by step without listeners, or recorded. */
public class LoopBenchmark {

    private static final int FREE_ITERATIONS = 1_000_000;
    private static final int FREE_INSTRUCTIONS = 3 + 5 * FREE_ITERATIONS;
    private static final int RECORDED_ITERATIONS = 20_000;
    private static final int RECORDED_INSTRUCTIONS = 3 + 5 * RECORDED_ITERATIONS;

    /** A machine at the start of the long loop, new for each run. */
    @State(Scope.Thread)
    public static class AtStart {

        private final LoopProgram program = new LoopProgram(FREE_ITERATIONS);
        private Machine machine = program.machine();

        @Setup(Level.Invocation)
        public void load() {
            machine = program.machine();
        }
    }

    /** A machine at the start of a loop short enough to be kept whole, new for each run. */
    @State(Scope.Thread)
    public static class AtShortStart {

        private final LoopProgram program = new LoopProgram(RECORDED_ITERATIONS);
        private Machine machine = program.machine();

        @Setup(Level.Invocation)
        public void load() {
            machine = program.machine();
        }
    }

    @Benchmark
    @OperationsPerInvocation(FREE_INSTRUCTIONS)
    public RunEnd free(AtStart start) {
        RunEnd end = start.machine.run(FREE_INSTRUCTIONS);
        start.program.requireRight(start.machine.view());
        return end;
    }

    @Benchmark
    @OperationsPerInvocation(RECORDED_INSTRUCTIONS)
    public TraceView recorded(AtShortStart start) {
        TraceView trace = start.machine.record(Limits.ofSteps(RECORDED_INSTRUCTIONS));
        start.program.requireRight(trace.at(trace.stepCount()));
        return trace;
    }
}
