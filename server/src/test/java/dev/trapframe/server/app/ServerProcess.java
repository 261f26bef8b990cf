package dev.trapframe.server.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, to be killed, or to fail at its start. */
public final class ServerProcess implements AutoCloseable {

    private static final String READY = "Trapframe: http://localhost:";

    private final Process process;
    private final BufferedReader out;

    private ServerProcess(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts {@code serve}, with the project's content unless the options name another. */
    public static ServerProcess start(String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve"));
        if (!List.of(options).contains("--content"))
            command.addAll(List.of("--content", TestServer.PROJECT.toString()));
        command.addAll(List.of(options));
        try {
            return new ServerProcess(new ProcessBuilder(command).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it says that it answers, and gives back its port. */
    public int awaitPort() {
        try {
            String line = out.readLine();
            if (line != null && line.startsWith(READY)) return Integer.parseInt(line.substring(READY.length()));
            throw new AssertionError("the server did not start: " + line + "\n" + errors());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has ended. */
    public int exitCode() {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) throw new AssertionError("the server has not ended");
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** All that it writes to standard error until it ends. */
    public String errors() {
        try {
            return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it as a power cut would: without a chance to write anything. */
    public void kill() {
        process.destroyForcibly();
        exitCode();
    }

    @Override
    public void close() {
        kill();
    }
}
