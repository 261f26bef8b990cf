package dev.trapframe.server.command;

import dev.trapframe.server.machinefile.BadMachineFile;
import dev.trapframe.server.machinefile.MachineFile;
import dev.trapframe.server.machinefile.TraceRun;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code trace}: machine states in, traces out, as JSON lines. */
@Command(
        name = "trace",
        description = "Run machine states and write a JSON line for each step.",
        mixinStandardHelpOptions = true)
public final class TraceCommand implements Callable<Integer> {

    private static final String DEFAULT_STEPS = "1000000";

    @Parameters(
            arity = "1..*",
            paramLabel = "STATE",
            description = "Machine states (NAME.state.json, gzipped or not), or folders to search for them.")
    private List<Path> states = List.of();

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Write each trace to FOLDER/NAME.trace.jsonl, instead of all to standard output.")
    private @Nullable Path out;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = DEFAULT_STEPS,
            description = "Stop a run after N steps (${DEFAULT-VALUE}).")
    private int steps;

    @Option(names = "--micro", description = "Also write the micro-ops of each step.")
    private boolean micro;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (steps < 1) throw new ParameterException(spec.commandLine(), "--steps must be at least 1, got " + steps);
        boolean allEnded = true;
        List<StateToRun> found;
        try {
            found = StateToRun.find(states);
        } catch (IOException e) {
            complain(e.getMessage());
            return 1;
        }
        for (StateToRun state : found) allEnded &= run(state);
        spec.commandLine().getOut().flush();
        return allEnded ? 0 : 1;
    }

    /** False if the run did not reach its end; why, is said. */
    private boolean run(StateToRun state) {
        try {
            TraceRun run = new TraceRun(MachineFile.read(state.file()), steps, micro);
            String end = out == null ? run.write(standardOutput()) : toFile(run, out.resolve(state.traceName()));
            if (end.equals(TraceRun.REACHED)) return true;
            complain(state.file() + ": " + end);
        } catch (BadMachineFile e) {
            complain(state.file() + ": " + e.getMessage());
        } catch (IOException e) {
            complain(state.file() + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()));
        }
        return false;
    }

    private static String toFile(TraceRun run, Path file) throws IOException, BadMachineFile {
        if (file.getParent() != null) Files.createDirectories(file.getParent());
        try (BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            return run.write(writer);
        }
    }

    private Writer standardOutput() {
        return spec.commandLine().getOut();
    }

    private void complain(String message) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("trapframe: " + message);
        err.flush();
    }
}
