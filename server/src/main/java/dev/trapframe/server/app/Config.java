package dev.trapframe.server.app;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a server is to run.
 *
 * @param host              the address to listen on
 * @param port              0 for any free one
 * @param data              folder of the embedded database
 * @param databaseUrl       JDBC address of another database; empty for the embedded one
 * @param content           working tree that holds {@code lessons/}, {@code templates/} and {@code static/}; empty for those of the jar
 * @param dev               read the working tree anew for each request
 * @param baseUrl           the public address; empty if it is the address listened on
 * @param requestsPerMinute what one network address may compute, and may answer, in a minute
 */
public record Config(
        String host,
        int port,
        Path data,
        Optional<String> databaseUrl,
        Optional<Path> content,
        boolean dev,
        Optional<URI> baseUrl,
        int requestsPerMinute) {

    /** A lecture hall of 300 that opens a lesson in the same minute and answers it. */
    public static final int DEFAULT_REQUESTS_PER_MINUTE = 1_800;

    public Config {
        if (port < 0 || port > 65_535) throw new IllegalArgumentException("a port is 0 to 65535, got " + port);
        if (dev && content.isEmpty())
            throw new IllegalArgumentException("dev mode reads a working tree, none is given");
    }

    boolean isHttps() {
        return baseUrl.map(url -> "https".equals(url.getScheme())).orElse(false);
    }
}
