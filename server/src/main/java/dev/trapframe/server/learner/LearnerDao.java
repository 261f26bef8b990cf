package dev.trapframe.server.learner;

import dev.trapframe.server.database.Database;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;

/** Learners, as rows. Thread-safe. */
public final class LearnerDao {

    private final Jdbi jdbi;

    public LearnerDao(Database database) {
        this.jdbi = database.jdbi();
    }

    /** The id of the learner whose token has this hash. */
    Optional<Long> find(String tokenHash) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT id FROM learner WHERE token_hash = :tokenHash")
                .bind("tokenHash", tokenHash)
                .mapTo(Long.class)
                .findOne());
    }

    long insert(String tokenHash) {
        return jdbi.withHandle(handle -> handle.createUpdate(
                        "INSERT INTO learner (token_hash, created_at) VALUES (:tokenHash, CURRENT_TIMESTAMP)")
                .bind("tokenHash", tokenHash)
                .executeAndReturnGeneratedKeys("id")
                .mapTo(Long.class)
                .one());
    }
}
