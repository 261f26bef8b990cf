package dev.trapframe.server.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.nio.file.Path;
import java.sql.SQLException;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Jdbi;

/** The open database, migrated to the schema of this build. Thread-safe. */
public final class Database implements AutoCloseable {

    /** H2: "Database may be already in use", that is, its file is locked. */
    private static final int H2_ALREADY_OPEN = 90020;

    private static final int MOST_CONNECTIONS = 10;

    private final HikariDataSource dataSource;
    private final Jdbi jdbi;

    private Database(HikariDataSource dataSource) {
        this.dataSource = dataSource;
        this.jdbi = Jdbi.create(dataSource);
    }

    /**
     * The address of the embedded database in a data folder. Without {@code WRITE_DELAY=0} H2 acknowledges a commit up to half a
     * second before it is in the file, and a killed server would lose tries that it had acknowledged.
     */
    public static String embeddedUrl(Path dataFolder) {
        return "jdbc:h2:file:" + dataFolder.toAbsolutePath().resolve("trapframe")
                + ";WRITE_DELAY=0;LOCK_TIMEOUT=10000;DB_CLOSE_ON_EXIT=FALSE";
    }

    /**
     * Opens a database and brings its schema up to date.
     *
     * @param url of H2 or PostgreSQL
     * @throws DatabaseUnavailable if it is locked, cannot be reached, or has a schema that this build does not know
     */
    public static Database open(String url) throws DatabaseUnavailable {
        HikariDataSource dataSource = connect(url);
        try {
            Flyway.configure(Database.class.getClassLoader())
                    .dataSource(dataSource)
                    .locations("classpath:db/migration")
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            dataSource.close();
            throw new DatabaseUnavailable(
                    "the database's schema cannot be brought up to date: " + firstLine(e)
                            + "; restore a backup or use another --data folder",
                    e);
        }
        return new Database(dataSource);
    }

    private static HikariDataSource connect(String url) throws DatabaseUnavailable {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        if (url.startsWith("jdbc:h2:")) config.setUsername("sa");
        config.setPoolName("trapframe");
        config.setMaximumPoolSize(MOST_CONNECTIONS);
        config.setConnectionTimeout(10_000);
        config.setInitializationFailTimeout(1);
        try {
            return new HikariDataSource(config);
        } catch (HikariPool.PoolInitializationException e) {
            throw new DatabaseUnavailable(reasonOf(e), e);
        } catch (RuntimeException e) {
            throw new DatabaseUnavailable("the database address is not usable: " + firstLine(e) + "; check --db", e);
        }
    }

    private static String reasonOf(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getErrorCode() == H2_ALREADY_OPEN) {
                return "the database is in use by another Trapframe server; stop that one or choose another folder with --data";
            }
        }
        Throwable root = failure.getCause() == null ? failure : failure.getCause();
        return "the database cannot be opened: " + firstLine(root) + "; check --data or --db";
    }

    private static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage())
                .lines()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse("unknown reason");
    }

    public Jdbi jdbi() {
        return jdbi;
    }

    /** Whether the database answers now. */
    public boolean isReachable() {
        try (var connection = dataSource.getConnection()) {
            return connection.isValid(2);
        } catch (SQLException e) {
            return false;
        }
    }

    /** Closes every connection; the embedded database is then closed too and its file unlocked. */
    @Override
    public void close() {
        dataSource.close();
    }
}
