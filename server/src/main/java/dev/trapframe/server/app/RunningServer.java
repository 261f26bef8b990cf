package dev.trapframe.server.app;

import io.javalin.Javalin;

/** A server that answers. */
public final class RunningServer implements AutoCloseable {

    private final Javalin javalin;
    private final Runnable afterwards;
    private final String url;

    /** @param afterwards what to close once no request runs any more */
    RunningServer(Javalin javalin, String url, Runnable afterwards) {
        this.javalin = javalin;
        this.url = url;
        this.afterwards = afterwards;
    }

    public int port() {
        return javalin.port();
    }

    /** The address to open, for example {@code http://localhost:8080}. */
    public String url() {
        return url;
    }

    /** Lets running requests finish, then closes what they used. */
    public void stop() {
        javalin.stop();
        afterwards.run();
    }

    @Override
    public void close() {
        stop();
    }
}
