package dev.trapframe.server.attempt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.server.attempt.Attempt.Try;
import dev.trapframe.server.database.Database;
import dev.trapframe.server.grading.Answers;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/**
 * Attempts and their tries, as rows. What changes an attempt locks its row first, so that two clients that send the last try at
 * once get one try between them. Thread-safe.
 */
public final class AttemptDao {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<LinkedHashMap<String, String>> SLOT_TO_TEXT = new TypeReference<>() {};

    private static final String SELECT_ATTEMPT = """
            SELECT id, learner_id, item_id, item_revision, emulator_revision, tries_allowed, closed_because
              FROM attempt
            """;

    private final Jdbi jdbi;

    public AttemptDao(Database database) {
        this.jdbi = database.jdbi();
    }

    public Optional<Attempt> find(String id) {
        return jdbi.inTransaction(handle -> read(handle, id, ""));
    }

    /** The attempt at this revision of an item that a learner opened last. */
    public Optional<Attempt> latest(long learnerId, String itemId, String itemRevision) {
        return jdbi.inTransaction(handle -> handle.createQuery("""
                        SELECT id
                          FROM attempt
                         WHERE learner_id = :learnerId AND item_id = :itemId AND item_revision = :itemRevision
                         ORDER BY opened_at DESC, id
                         LIMIT 1
                        """)
                .bind("learnerId", learnerId)
                .bind("itemId", itemId)
                .bind("itemRevision", itemRevision)
                .mapTo(String.class)
                .findOne()
                .flatMap(id -> read(handle, id, "")));
    }

    /** Stores a new attempt, unless one with its id is there: then that one stands. */
    public void insertUnlessThere(Attempt attempt) {
        if (find(attempt.id()).isPresent()) return;
        try {
            insert(attempt);
        } catch (UnableToExecuteStatementException e) {
            // The same form, sent twice at once: the other request was first.
            if (find(attempt.id()).isEmpty()) throw e;
        }
    }

    private void insert(Attempt attempt) {
        jdbi.useHandle(handle -> handle.createUpdate("""
                        INSERT INTO attempt (id, learner_id, item_id, item_revision, emulator_revision, tries_allowed, opened_at)
                        VALUES (:id, CAST(:learnerId AS bigint), :itemId, :itemRevision, :emulatorRevision, :triesAllowed,
                                CURRENT_TIMESTAMP)
                        """)
                .bind("id", attempt.id())
                .bind("learnerId", attempt.learnerId().orElse(null))
                .bind("itemId", attempt.itemId())
                .bind("itemRevision", attempt.itemRevision())
                .bind("emulatorRevision", attempt.emulatorRevision())
                .bind("triesAllowed", attempt.triesAllowed())
                .execute());
    }

    /**
     * Adds a try, if the attempt is open. When this returns a new try, the try is committed.
     *
     * @param isAllRight whether it closes the attempt as right
     * @return the new try; if the attempt has one with this key, that one; empty if the attempt is closed
     */
    public Optional<Try> addTry(String id, Optional<String> key, Answers answers, boolean isAllRight) {
        return jdbi.inTransaction(handle -> {
            Attempt attempt = read(handle, id, " FOR UPDATE").orElseThrow();
            Optional<Try> earlier = key.flatMap(attempt::tryWithKey);
            if (earlier.isPresent() || attempt.isClosed()) return earlier;
            Try added = new Try(attempt.tries().size() + 1, key, answers);
            insertTry(handle, id, added);
            Optional<CloseReason> reason = CloseReason.after(added.number(), attempt.triesAllowed(), isAllRight);
            if (reason.isPresent()) close(handle, id, reason.get());
            return Optional.of(added);
        });
    }

    /** Closes an attempt as given up, unless it is closed. */
    public Attempt giveUp(String id) {
        return jdbi.inTransaction(handle -> {
            Attempt attempt = read(handle, id, " FOR UPDATE").orElseThrow();
            if (!attempt.isClosed()) close(handle, id, CloseReason.GIVEN_UP);
            return read(handle, id, "").orElseThrow();
        });
    }

    /** Ties an attempt to a learner, unless it is tied to one. */
    public void tie(String id, long learnerId) {
        jdbi.useHandle(handle -> handle.createUpdate(
                        "UPDATE attempt SET learner_id = :learnerId WHERE id = :id AND learner_id IS NULL")
                .bind("learnerId", learnerId)
                .bind("id", id)
                .execute());
    }

    private static void insertTry(Handle handle, String id, Try added) {
        handle.createUpdate("""
                        INSERT INTO attempt_try (attempt_id, number, idempotency_key, answers, tried_at)
                        VALUES (:id, :number, :key, :answers, CURRENT_TIMESTAMP)
                        """)
                .bind("id", id)
                .bind("number", added.number())
                .bind("key", added.key().orElse(null))
                .bind("answers", toJson(added.answers()))
                .execute();
    }

    private static void close(Handle handle, String id, CloseReason reason) {
        handle.createUpdate("UPDATE attempt SET closed_because = :reason, closed_at = CURRENT_TIMESTAMP WHERE id = :id")
                .bind("reason", reason.word())
                .bind("id", id)
                .execute();
    }

    private static Optional<Attempt> read(Handle handle, String id, String lock) {
        Optional<Attempt> row = handle.createQuery(SELECT_ATTEMPT + " WHERE id = :id" + lock)
                .bind("id", id)
                .map(AttemptDao::attempt)
                .findOne();
        return row.map(attempt -> withTries(attempt, tries(handle, id)));
    }

    private static List<Try> tries(Handle handle, String id) {
        return handle.createQuery("""
                        SELECT number, idempotency_key, answers
                          FROM attempt_try
                         WHERE attempt_id = :id
                         ORDER BY number
                        """)
                .bind("id", id)
                .map((row, context) -> new Try(
                        row.getInt("number"),
                        Optional.ofNullable(row.getString("idempotency_key")),
                        fromJson(row.getString("answers"))))
                .list();
    }

    private static Attempt attempt(ResultSet row, StatementContext context) throws SQLException {
        return new Attempt(
                row.getString("id"),
                Optional.ofNullable(row.getObject("learner_id", Long.class)),
                row.getString("item_id"),
                row.getString("item_revision"),
                row.getInt("emulator_revision"),
                row.getInt("tries_allowed"),
                Optional.ofNullable(row.getString("closed_because")).map(CloseReason::ofWord),
                List.of());
    }

    private static Attempt withTries(Attempt attempt, List<Try> tries) {
        return new Attempt(
                attempt.id(),
                attempt.learnerId(),
                attempt.itemId(),
                attempt.itemRevision(),
                attempt.emulatorRevision(),
                attempt.triesAllowed(),
                attempt.closedBecause(),
                tries);
    }

    private static String toJson(Answers answers) {
        try {
            return JSON.writeValueAsString(answers.typed());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of texts is always JSON", e);
        }
    }

    private static Answers fromJson(String json) {
        try {
            return new Answers(JSON.readValue(json, SLOT_TO_TEXT));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the stored answers are not JSON", e);
        }
    }
}
