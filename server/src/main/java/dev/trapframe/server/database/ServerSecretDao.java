package dev.trapframe.server.database;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/** Secrets that all servers of one installation share, made when first asked for. Thread-safe. */
public final class ServerSecretDao {

    private static final int SIZE_BYTES = 32;

    private final Jdbi jdbi;
    private final SecureRandom random;

    public ServerSecretDao(Database database, SecureRandom random) {
        this.jdbi = database.jdbi();
        this.random = random;
    }

    /** The secret of this name, 32 random bytes. */
    public byte[] secret(String name) {
        return find(name).orElseGet(() -> {
            byte[] fresh = new byte[SIZE_BYTES];
            random.nextBytes(fresh);
            insertUnlessThere(name, fresh);
            return find(name).orElseThrow();
        });
    }

    private Optional<byte[]> find(String name) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT secret FROM server_secret WHERE name = :name")
                .bind("name", name)
                .mapTo(String.class)
                .findOne()
                .map(HexFormat.of()::parseHex));
    }

    /** Another server may be first: then its secret stands. */
    private void insertUnlessThere(String name, byte[] secret) {
        try (Handle handle = jdbi.open()) {
            handle.createUpdate(
                            "INSERT INTO server_secret (name, secret, created_at) VALUES (:name, :secret, CURRENT_TIMESTAMP)")
                    .bind("name", name)
                    .bind("secret", HexFormat.of().formatHex(secret))
                    .execute();
        } catch (UnableToExecuteStatementException e) {
            if (find(name).isEmpty())
                throw new IllegalStateException("the server's secret cannot be stored", e.getCause());
        }
    }
}
