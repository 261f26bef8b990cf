package dev.trapframe.server.app;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** Starts real servers on free ports, with the project's own content. */
public final class TestServer {

    /** The project's root: tests run in the module's folder. */
    public static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

    private TestServer() {}

    public static RunningServer start(Path data) {
        return start(config(data));
    }

    public static RunningServer start(Config config) {
        try {
            return Application.start(config);
        } catch (StartFailure e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    public static Config config(Path data) {
        return config(data, PROJECT, Optional.empty());
    }

    public static Config config(Path data, Path content, Optional<URI> baseUrl) {
        return new Config(
                "127.0.0.1",
                0,
                data,
                Optional.empty(),
                Optional.of(content),
                false,
                baseUrl,
                Config.DEFAULT_REQUESTS_PER_MINUTE);
    }
}
