package dev.trapframe.server.app;

import dev.trapframe.server.database.Database;
import io.javalin.Javalin;

/** A server that answers. */
public final class RunningServer implements AutoCloseable {

    private final Javalin javalin;
    private final Database database;
    private final String url;

    RunningServer(Javalin javalin, Database database, String url) {
        this.javalin = javalin;
        this.database = database;
        this.url = url;
    }

    public int port() {
        return javalin.port();
    }

    /** The address to open, for example {@code http://localhost:8080}. */
    public String url() {
        return url;
    }

    /** Lets running requests finish, then closes the database. */
    public void stop() {
        javalin.stop();
        database.close();
    }

    @Override
    public void close() {
        stop();
    }
}
