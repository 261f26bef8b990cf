package dev.trapframe.server.app;

import io.javalin.Javalin;
import io.javalin.config.JettyConfig;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;

/** The socket that the server listens on. */
final class Listener {

    /** A connection on which nothing moves is closed. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    private Listener() {}

    /** Asks for the port before anything else is touched, so that a second server says the first thing that is wrong. */
    static void requireFree(String host, int port) throws StartFailure {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
        } catch (IOException | IllegalArgumentException e) {
            throw inUse(host, port, e);
        }
    }

    static void configure(JettyConfig jetty, Config config) {
        jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
        jetty.addConnector((server, http) -> {
            ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
            connector.setHost(config.host());
            connector.setPort(config.port());
            connector.setIdleTimeout(IDLE.toMillis());
            return connector;
        });
    }

    static Javalin start(Javalin javalin, Config config) throws StartFailure {
        try {
            return javalin.start();
        } catch (JavalinBindException e) {
            throw inUse(config.host(), config.port(), e);
        }
    }

    private static StartFailure inUse(String host, int port, Exception cause) {
        return new StartFailure(
                "cannot listen on " + host + " port " + port + ": "
                        + (isUnresolved(host)
                                ? "there is no such address here; choose another with --host"
                                : "the port is in use or not permitted; choose another with --port"),
                cause);
    }

    private static boolean isUnresolved(String host) {
        return new InetSocketAddress(host, 0).isUnresolved();
    }
}
