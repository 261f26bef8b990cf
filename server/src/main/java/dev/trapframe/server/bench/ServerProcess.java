package dev.trapframe.server.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server of its own: a new Java on the same class path, an empty data folder, a free port. */
final class ServerProcess implements AutoCloseable {

    private static final Pattern ADDRESS = Pattern.compile("^Trapframe: (https?://\\S+)");
    private static final String MAIN = "dev.trapframe.server.app.Main";

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path data;
    private final long startNanos;
    private final Process process;
    private final URI address;

    private ServerProcess(Path data) throws IOException {
        this.data = data;
        this.startNanos = System.nanoTime();
        this.process = new ProcessBuilder(command(data))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        this.address = addressPrinted();
    }

    /**
     * Starts one and waits until it prints its address.
     *
     * @throws IOException if it ends without
     */
    static ServerProcess start() throws IOException {
        return new ServerProcess(Files.createTempDirectory("trapframe-bench"));
    }

    private static List<String> command(Path data) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
        command.addAll(List.of("serve", "--port", "0", "--data", data.toString()));
        return command;
    }

    private URI addressPrinted() throws IOException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher matcher = ADDRESS.matcher(line);
            if (matcher.find()) {
                drain(output);
                return URI.create(matcher.group(1));
            }
        }
        close();
        throw new IOException("the server ended before it printed its address");
    }

    /** Reads on, so that the server never waits for room in the pipe. */
    private static void drain(BufferedReader output) {
        Thread reader = new Thread(() -> output.lines().forEach(line -> {}), "output of the server");
        reader.setDaemon(true);
        reader.start();
    }

    /** Time since the process was started. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    /**
     * The answer's body as it came over the wire.
     *
     * @param path      absolute, with its query
     * @param encodings what Accept-Encoding says
     * @throws IOException if the answer's status is not 200
     */
    HttpResponse<byte[]> get(String path, String encodings) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(address.resolve(path))
                .header("Accept-Encoding", encodings)
                .build();
        try {
            HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() == 200) return response;
            throw new IOException(path + " answered " + response.statusCode());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking for " + path, e);
        }
    }

    /** Stops the server and deletes its data. */
    @Override
    public void close() throws IOException {
        process.destroy();
        process.onExit().join();
        try (Stream<Path> files = Files.walk(data)) {
            files.sorted(Comparator.reverseOrder()).forEach(ServerProcess::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
