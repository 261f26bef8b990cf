package dev.trapframe.emulator.bench;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.RunEnd;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** An instruction of code that also loads, stores and calls, run free. */
public class MixedBenchmark {

    private static final int ITERATIONS = 200_000;
    private static final int INSTRUCTIONS = 3 + MixedProgram.PER_ITERATION * ITERATIONS;

    /** A machine at the start, new for each run. */
    @State(Scope.Thread)
    public static class AtStart {

        private final MixedProgram program = new MixedProgram(ITERATIONS);
        private Machine machine = program.machine();

        @Setup(Level.Invocation)
        public void load() {
            machine = program.machine();
        }
    }

    @Benchmark
    @OperationsPerInvocation(INSTRUCTIONS)
    public RunEnd free(AtStart start) {
        RunEnd end = start.machine.run(INSTRUCTIONS);
        start.program.requireRight(start.machine.view());
        return end;
    }
}
