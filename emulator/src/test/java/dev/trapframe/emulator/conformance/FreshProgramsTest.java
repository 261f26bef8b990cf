package dev.trapframe.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.TraceView;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Makes new random programs, records them in the QEMU that is installed, and compares; the seed is printed. */
@Tag("oracle")
@DisplayName("Random programs that nobody has seen run as QEMU runs them")
class FreshProgramsTest {

    private static final int PROGRAMS = 24;
    private static final String INSTRUCTIONS = "260";

    @TempDir
    private Path folder;

    @Test
    void freshSeeds() throws IOException, InterruptedException, URISyntaxException {
        for (String tool : List.of("python3", "as", "objdump", "qemu-system-x86_64")) {
            assumeTrue(isInstalled(tool), tool + " is not installed");
        }
        copyRecorder();
        int seed = new Random().nextInt(1_000_000);
        System.out.println("seeds from " + seed);
        Files.createDirectories(folder.resolve("cases/fresh"));
        for (int i = 0; i < PROGRAMS; i++) {
            String ring = i % 2 == 0 ? "k" : "u";
            String source = run("python3", "gen.py", String.valueOf(seed + i), INSTRUCTIONS, ring);
            Files.writeString(folder.resolve("cases/fresh/" + ring + (seed + i) + ".S"), source);
        }
        run("python3", "record.py", "cases/fresh");

        List<String> divergences = new ArrayList<>();
        List<ConformanceCase> cases = recorded(folder.resolve("traces/fresh"));
        for (ConformanceCase one : cases) {
            TraceView trace = Machine.load(one.file().state())
                    .record(Limits.ofSteps(one.reference().size()));
            TraceComparer.firstDivergence(one.file(), trace, one.reference())
                    .ifPresent(text -> divergences.add(one.name() + " diverges: " + text));
        }
        assertThat(cases).hasSize(PROGRAMS);
        assertThat(divergences).isEmpty();
    }

    private static boolean isInstalled(String tool) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(place -> Files.isExecutable(Path.of(place, tool)));
    }

    private void copyRecorder() throws IOException, URISyntaxException {
        Path tools = Path.of(
                Objects.requireNonNull(getClass().getResource("/conformance")).toURI());
        Files.createDirectory(folder.resolve("boot"));
        try (Stream<Path> files = Stream.concat(Files.list(tools), Files.list(tools.resolve("boot")))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(tools.relativize(file).toString()));
            }
        }
    }

    private static List<ConformanceCase> recorded(Path traces) throws IOException {
        try (Stream<Path> files = Files.list(traces)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".state.json.gz"))
                    .sorted()
                    .map(name -> new ConformanceCase("fresh/" + name.replace(".state.json.gz", ""), traces))
                    .toList();
        }
    }

    /** What the command printed on standard output; it has to end well within ten minutes. */
    private String run(String... command) throws IOException, InterruptedException {
        Path out = folder.resolve("out.txt");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
        return Files.readString(out);
    }
}
