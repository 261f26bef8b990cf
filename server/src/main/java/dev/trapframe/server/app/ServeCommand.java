package dev.trapframe.server.app;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serve}: starts the web server and stays until it is stopped. */
@Command(name = "serve", description = "Start the web server.", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

    @Option(
            names = "--port",
            defaultValue = "8080",
            description = "Port to listen on, 0 for any free one (${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--host", defaultValue = "127.0.0.1", description = "Address to listen on (${DEFAULT-VALUE}).")
    private String host = "";

    @Option(names = "--data", defaultValue = "data", description = "Folder of the database (./${DEFAULT-VALUE}).")
    private Path data = Path.of("data");

    @Option(
            names = "--db",
            paramLabel = "URL",
            description = "JDBC address of a PostgreSQL database, instead of --data.")
    private Optional<String> databaseUrl = Optional.empty();

    @Option(
            names = "--base-url",
            paramLabel = "URL",
            description = "The public address, if a proxy stands before the server.")
    private Optional<URI> baseUrl = Optional.empty();

    @Option(
            names = "--content",
            paramLabel = "DIR",
            description = "Take lessons, templates and static from this working tree.")
    private Optional<Path> content = Optional.empty();

    @Option(
            names = "--dev",
            description = "Read the working tree (--content, else the current folder) anew for each request.")
    private boolean dev;

    @Option(
            names = "--requests-per-minute",
            paramLabel = "N",
            defaultValue = "" + Config.DEFAULT_REQUESTS_PER_MINUTE,
            description = "What one network address may compute, and may answer, in a minute (${DEFAULT-VALUE}).")
    private int requestsPerMinute;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        try {
            RunningServer server = Application.start(config());
            Runtime.getRuntime().addShutdownHook(new Thread(server::stop, "stop"));
            spec.commandLine().getOut().println("Trapframe: " + server.url());
            spec.commandLine().getOut().flush();
            return 0;
        } catch (StartFailure e) {
            spec.commandLine().getErr().println("trapframe: " + e.getMessage());
            spec.commandLine().getErr().flush();
            return 1;
        }
    }

    private Config config() throws StartFailure {
        if (port < 0 || port > 65_535) throw new StartFailure("--port " + port + " is no port; choose 0 to 65535");
        if (requestsPerMinute < 1) throw new StartFailure("--requests-per-minute must be at least 1");
        Optional<Path> tree = dev && content.isEmpty() ? Optional.of(Path.of("")) : content;
        if (tree.isPresent()) requireLessons(tree.get());
        return new Config(host, port, data, databaseUrl, tree, dev, baseUrl, requestsPerMinute);
    }

    private static void requireLessons(Path tree) throws StartFailure {
        if (Files.isRegularFile(tree.resolve("lessons/track.yaml"))) return;
        throw new StartFailure("there is no lessons/track.yaml in " + tree.toAbsolutePath()
                + "; give the working tree with --content");
    }
}
