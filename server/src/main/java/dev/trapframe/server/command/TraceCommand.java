package dev.trapframe.server.command;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.server.machinefile.BadMachineFile;
import dev.trapframe.server.machinefile.MachineFile;
import dev.trapframe.server.machinefile.QuietRun;
import dev.trapframe.server.machinefile.RunResult;
import dev.trapframe.server.machinefile.SerialPrinter;
import dev.trapframe.server.machinefile.TraceRun;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code trace}: machine states or a program in, traces out, as JSON lines. */
@Command(
        name = "trace",
        description =
                "Run machine states, or a program, and write a JSON line for each step. What a program sends through"
                        + " its serial port goes to standard error.",
        mixinStandardHelpOptions = true)
public final class TraceCommand implements Callable<Integer> {

    @Parameters(
            arity = "0..*",
            paramLabel = "STATE",
            description = "Machine states (NAME.state.json, gzipped or not), or folders to search for them.")
    private List<Path> states = List.of();

    @Mixin
    private final StartOptions start = new StartOptions();

    @Mixin
    private final LimitOptions limits = new LimitOptions();

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Write each trace to FOLDER/NAME.trace.jsonl, instead of all to standard output.")
    private @Nullable Path out;

    @Option(names = "--micro", description = "Also write the micro-ops of each step.")
    private boolean micro;

    @Option(
            names = "--quiet",
            description =
                    "Run a program at full speed and write no steps, only one line at the end: how it ended, its exit"
                            + " value, steps and ticks.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        mistake().ifPresent(mistake -> {
            throw new ParameterException(spec.commandLine(), mistake);
        });
        int status = start.file().isPresent() ? runProgram(start.file().get()) : runStates();
        spec.commandLine().getOut().flush();
        return status;
    }

    private Optional<String> mistake() {
        return Stream.of(start.mistake(!states.isEmpty()), limits.mistake(quiet), quietMistake())
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<String> quietMistake() {
        if (!quiet) return Optional.empty();
        if (!states.isEmpty()) return Optional.of("--quiet goes with --elf, --flat or --multiboot");
        if (micro || out != null) return Optional.of("--quiet writes no steps: it excludes --micro and --out");
        return Optional.empty();
    }

    // --- a program ------------------------------------------------------------------------------------------------

    private int runProgram(Path file) {
        try {
            return ExitStatus.of(run(file, Machine.load(start.state())));
        } catch (IllegalArgumentException e) {
            complain(file + ": " + e.getMessage());
        } catch (IOException e) {
            complain(reason(e));
        }
        return ExitStatus.FAILED;
    }

    private RunResult run(Path file, Machine machine) throws IOException {
        SerialPrinter serial = new SerialPrinter(spec.commandLine().getErr());
        RunResult result;
        if (quiet) {
            result = new QuietRun(machine, limits.bounds(true), serial).run();
            spec.commandLine().getOut().println(result.json());
        } else {
            TraceRun run = new TraceRun(machine, limits.bounds(false), micro, serial);
            result = write(run, Path.of(file.getFileName() + ".trace.jsonl"));
        }
        serial.endLine();
        result.notes().forEach(note -> complain(file + ": " + note));
        if (result.exitCode().isEmpty()) complain(file + ": " + result.reason());
        return result;
    }

    private static String reason(IOException failure) {
        String what = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return failure instanceof NoSuchFileException ? what + " is not there" : what;
    }

    // --- machine states -------------------------------------------------------------------------------------------

    private int runStates() {
        boolean allEnded = true;
        List<StateToRun> found;
        try {
            found = StateToRun.find(states);
        } catch (IOException e) {
            complain(e.getMessage());
            return ExitStatus.FAILED;
        }
        for (StateToRun state : found) allEnded &= run(state);
        return allEnded ? 0 : ExitStatus.FAILED;
    }

    /** False if the run did not reach its end; why, is said. */
    private boolean run(StateToRun state) {
        try {
            SerialPrinter serial = new SerialPrinter(spec.commandLine().getErr());
            Machine machine = MachineFile.read(state.file()).machine();
            RunResult result = write(new TraceRun(machine, limits.bounds(false), micro, serial), state.traceName());
            serial.endLine();
            if (result.end() == RunEnd.END_REACHED) return true;
            complain(state.file() + ": " + result.reason());
        } catch (BadMachineFile e) {
            complain(state.file() + ": " + e.getMessage());
        } catch (IOException e) {
            complain(state.file() + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()));
        }
        return false;
    }

    // --- both -----------------------------------------------------------------------------------------------------

    private RunResult write(TraceRun run, Path traceName) throws IOException {
        if (out == null) return run.write(spec.commandLine().getOut());
        Path file = out.resolve(traceName);
        if (file.getParent() != null) Files.createDirectories(file.getParent());
        try (BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            return run.write(writer);
        }
    }

    private void complain(String message) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("trapframe: " + message);
        err.flush();
    }
}
