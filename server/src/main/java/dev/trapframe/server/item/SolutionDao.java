package dev.trapframe.server.item;

import dev.trapframe.server.database.Database;
import dev.trapframe.server.item.Solution.ExpectedSlot;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;

/** Solutions, as rows: one for each slot. Thread-safe. */
public final class SolutionDao {

    private final Jdbi jdbi;

    public SolutionDao(Database database) {
        this.jdbi = database.jdbi();
    }

    /** The solution of one revision; empty if it has not been computed. */
    public Optional<Solution> find(String itemId, String itemRevision, int emulatorRevision) {
        List<ExpectedSlot> slots = jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT slot, label, points, expected, proof_position, why
                          FROM solution
                         WHERE item_id = :itemId
                           AND item_revision = :itemRevision
                           AND emulator_revision = :emulatorRevision
                         ORDER BY ordinal
                        """)
                .bind("itemId", itemId)
                .bind("itemRevision", itemRevision)
                .bind("emulatorRevision", emulatorRevision)
                .map(SolutionDao::expectedSlot)
                .list());
        if (slots.isEmpty()) return Optional.empty();
        return Optional.of(new Solution(itemId, itemRevision, emulatorRevision, slots));
    }

    /** Stores a solution, all of it or nothing; one that is there already stays (it is the same: the revisions name it). */
    public void insertUnlessThere(Solution solution) {
        jdbi.useTransaction(handle -> {
            for (int ordinal = 0; ordinal < solution.slots().size(); ordinal++) insert(handle, solution, ordinal);
        });
    }

    private static void insert(Handle handle, Solution solution, int ordinal) {
        ExpectedSlot slot = solution.slots().get(ordinal);
        handle.createUpdate("""
                        INSERT INTO solution (item_id, item_revision, emulator_revision, slot, ordinal, label, points, expected,
                                              proof_position, why)
                        SELECT :itemId, :itemRevision, :emulatorRevision, :slot, :ordinal, :label, :points, :expected,
                               :proofPosition, :why
                         WHERE NOT EXISTS (SELECT 1 FROM solution
                                            WHERE item_id = :itemId
                                              AND item_revision = :itemRevision
                                              AND emulator_revision = :emulatorRevision
                                              AND slot = :slot)
                        """)
                .bind("itemId", solution.itemId())
                .bind("itemRevision", solution.itemRevision())
                .bind("emulatorRevision", solution.emulatorRevision())
                .bind("slot", slot.slot())
                .bind("ordinal", ordinal)
                .bind("label", slot.label())
                .bind("points", slot.points())
                .bind("expected", slot.expectedText())
                .bind("proofPosition", slot.proofPosition())
                .bind("why", slot.why())
                .execute();
    }

    private static ExpectedSlot expectedSlot(ResultSet row, StatementContext context) throws SQLException {
        return new ExpectedSlot(
                row.getString("slot"),
                row.getString("label"),
                row.getInt("points"),
                Long.parseUnsignedLong(row.getString("expected").substring(2), 16),
                row.getString("proof_position"),
                row.getString("why"));
    }
}
