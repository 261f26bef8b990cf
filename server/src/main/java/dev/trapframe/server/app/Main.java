package dev.trapframe.server.app;

import dev.trapframe.server.bench.BenchCommand;
import dev.trapframe.server.command.AsmCommand;
import dev.trapframe.server.command.DisasmCommand;
import dev.trapframe.server.command.TraceCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the jar. */
@Command(
        name = "trapframe",
        description = "Step from an x86-64 event to the first line of C, and back.",
        mixinStandardHelpOptions = true,
        subcommands = {ServeCommand.class, TraceCommand.class, AsmCommand.class, DisasmCommand.class, BenchCommand.class
        })
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        int exitCode = new CommandLine(new Main()).execute(arguments);
        // Not at 0: the threads of a server that started live on.
        if (exitCode != 0) System.exit(exitCode);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }
}
