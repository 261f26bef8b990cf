package dev.trapframe.server.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench}: measures and prints Markdown, so that it can go into docs/performance.md as it is. */
@Command(
        name = "bench",
        description = "Measure the start and the lesson page, and print the figures.",
        mixinStandardHelpOptions = true)
public final class BenchCommand implements Callable<Integer> {

    private static final String PAGE = "/lessons/page-fault-from-user-mode";

    @Option(names = "--rounds", defaultValue = "5", description = "Rounds of each measurement (${DEFAULT-VALUE}).")
    private int rounds;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (rounds < 1) throw new ParameterException(spec.commandLine(), "--rounds must be at least 1, got " + rounds);
        printHost(Host.current());
        try {
            printServer();
            return 0;
        } catch (IOException e) {
            spec.commandLine().getErr().println("trapframe: the server cannot be measured: " + e.getMessage());
            return 1;
        }
    }

    private void printHost(Host host) {
        line("Measured on %s by `./trapframe bench --rounds %d`.", LocalDate.now(), rounds);
        line("%s, %d logical processors, %s, %s.", host.processor(), host.cores(), host.system(), host.java());
        line("Load average before: %.1f.", host.load());
        line("");
    }

    private void printServer() throws IOException {
        line("| figure | median | best |");
        line("| --- | ---: | ---: |");
        List<Duration> firstAnswers = new ArrayList<>();
        List<Duration> firstPages = new ArrayList<>();
        Map<String, Integer> weight = Map.of();
        for (int round = 0; round < rounds; round++) {
            try (ServerProcess server = ServerProcess.start()) {
                server.get("/healthz", "gzip");
                firstAnswers.add(server.age());
                server.get(PAGE, "gzip");
                firstPages.add(server.age());
                weight = PageWeight.of(server, PAGE);
            }
        }
        printDuration("start to first answered request (`/healthz`), ms", firstAnswers);
        printDuration("start to first lesson page, ms", firstPages);
        printWeight(weight);
    }

    private void printDuration(String name, List<Duration> durations) {
        List<Duration> sorted = durations.stream().sorted().toList();
        line(
                "| %s | %,d | %,d |",
                name, sorted.get(rounds / 2).toMillis(), sorted.get(0).toMillis());
    }

    private void printWeight(Map<String, Integer> weight) {
        line("");
        line("| over the wire (gzip) | bytes |");
        line("| --- | ---: |");
        weight.forEach((path, bytes) -> line("| `%s` | %,d |", path, bytes));
        line(
                "| **together** | %,d |",
                weight.values().stream().mapToInt(Integer::intValue).sum());
    }

    private void line(String format, Object... arguments) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(String.format(Locale.ROOT, format, arguments));
        out.flush();
    }
}
