package dev.trapframe.emulator.bench;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.TraceView;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How much memory a recorded step and an idle machine keep: the heap in use with them, less the heap in use without, each
 * after collections.
 */
final class KeptMemory {

    private static final int RECORDED_ITERATIONS = 200_000;
    private static final int MACHINES = 64;
    private static final int COLLECTIONS = 4;

    private KeptMemory() {}

    /** Rows of Markdown. */
    static void print() {
        recordedBytesPerStep(RECORDED_ITERATIONS / 10);
        System.out.println("| kept in memory | bytes |");
        System.out.println("| --- | ---: |");
        row("a recorded step of the loop, with changes and micro-ops", recordedBytesPerStep(RECORDED_ITERATIONS));
        row("an idle machine, with the pages of its program", idleBytes());
    }

    private static void row(String what, double bytes) {
        System.out.printf(Locale.ROOT, "| %s | %,.1f |%n", what, bytes);
    }

    private static double recordedBytesPerStep(int iterations) {
        LoopProgram program = new LoopProgram(iterations);
        Machine machine = program.machine();
        long before = used();
        TraceView trace = machine.record(Limits.ofSteps(program.instructions()));
        long kept = used() - before;
        program.requireRight(trace.at(trace.stepCount()));
        return (double) kept / trace.stepCount();
    }

    private static double idleBytes() {
        LoopProgram program = new LoopProgram(1);
        List<Machine> machines = new ArrayList<>();
        long before = used();
        for (int i = 0; i < MACHINES; i++) machines.add(program.machine());
        return (double) (used() - before) / machines.size();
    }

    private static long used() {
        for (int i = 0; i < COLLECTIONS; i++) System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
