package dev.trapframe.emulator.bench;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks of this package and prints them as Markdown.
 *
 * <p>Arguments: the file for JMH's own report, and the number of measured rounds.
 */
public final class Bench {

    /** What docs/performance.md calls the benchmarks. */
    private static final Map<String, String> NAMES = Map.of(
            "LoopBenchmark.free", "instructions run free",
            "MixedBenchmark.free", "instructions run free that also load, store and call",
            "LoopBenchmark.recorded", "steps recorded, with changes and micro-ops",
            "DecodeBenchmark.cold", "instructions decoded from bytes",
            "CachedFetchBenchmark.cached", "instructions found decoded",
            "AssembleBenchmark.line", "lines assembled",
            "AssembleBenchmark.largestEntryProgram", "largest entry program assembled");

    private Bench() {}

    public static void main(String[] arguments) throws RunnerException {
        if (arguments.length != 2) throw new IllegalArgumentException("two arguments: LOG ROUNDS");
        Collection<RunResult> results = new Runner(options(arguments[0], Integer.parseInt(arguments[1]))).run();
        System.out.println("| figure | per second | +- | bytes allocated for each |");
        System.out.println("| --- | ---: | ---: | ---: |");
        for (RunResult result : results) print(result);
        System.out.println();
        KeptMemory.print();
    }

    private static Options options(String log, int rounds) {
        return new OptionsBuilder()
                .include("dev\\.trapframe\\..*Benchmark\\..*")
                .mode(Mode.Throughput)
                .forks(1)
                .warmupIterations(3)
                .warmupTime(TimeValue.seconds(2))
                .measurementIterations(rounds)
                .measurementTime(TimeValue.seconds(2))
                .addProfiler(GCProfiler.class)
                // G1 spends most of its time on the journal's growing arrays: docs/performance.md.
                .jvmArgsAppend("-Xms1g", "-Xmx1g", "-XX:+UseParallelGC")
                .shouldFailOnError(true)
                .output(log)
                .build();
    }

    private static void print(RunResult result) {
        Result<?> rate = result.getPrimaryResult();
        Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
        String name = result.getParams().getBenchmark().replaceFirst("^.*\\.(\\w+\\.\\w+)$", "$1");
        System.out.printf(
                Locale.ROOT,
                "| %s | %,.0f | %,.0f | %,.2f |%n",
                NAMES.getOrDefault(name, name),
                rate.getScore(),
                rate.getScoreError(),
                allocated.getScore());
    }
}
