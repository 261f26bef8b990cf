package dev.trapframe.server.attempt;

import dev.trapframe.server.attempt.Attempt.Try;
import dev.trapframe.server.grading.Answers;
import dev.trapframe.server.grading.Grader;
import dev.trapframe.server.grading.Verdict;
import dev.trapframe.server.item.Item;
import dev.trapframe.server.item.Solution;
import dev.trapframe.server.item.SolutionDao;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Opens attempts, takes tries and closes attempts. Thread-safe. */
public final class Attempts {

    private static final int ID_BYTES = 16;
    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

    private final AttemptDao dao;
    private final SolutionDao solutions;
    private final int emulatorRevision;
    private final SecureRandom random;

    /** @param emulatorRevision of the emulator that runs now */
    public Attempts(AttemptDao dao, SolutionDao solutions, int emulatorRevision, SecureRandom random) {
        this.dao = dao;
        this.solutions = solutions;
        this.emulatorRevision = emulatorRevision;
        this.random = random;
    }

    /** An id for an attempt: 128 random bits, 32 hex digits. */
    public String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    public Optional<Attempt> find(String id) {
        return ID.matcher(id).matches() ? dao.find(id) : Optional.empty();
    }

    /** The attempt at the item as it is now that a learner opened last. */
    public Optional<Attempt> latest(long learnerId, Item item) {
        return dao.latest(learnerId, item.id(), item.revision()).filter(attempt -> isCurrent(attempt, item));
    }

    /** True if neither the item nor the emulator has changed since the attempt was opened. */
    public boolean isCurrent(Attempt attempt, Item item) {
        return attempt.itemId().equals(item.id())
                && attempt.itemRevision().equals(item.revision())
                && attempt.emulatorRevision() == emulatorRevision;
    }

    /** The solution of the item as it is now. */
    public Solution solutionOf(Item item) {
        return solutions
                .find(item.id(), item.revision(), emulatorRevision)
                .orElseThrow(() -> new IllegalStateException("solutions are stored before the item is shown"));
    }

    /**
     * Opens an attempt at the item as it is now.
     *
     * @param id of {@link #newId()}; an attempt with this id that is there already is given back
     */
    public Attempt open(String id, Item item, Optional<Long> learnerId) {
        if (!ID.matcher(id).matches()) throw new IllegalArgumentException("an attempt's id is 32 hex digits");
        dao.insertUnlessThere(new Attempt(
                id,
                learnerId,
                item.id(),
                item.revision(),
                emulatorRevision,
                item.triesAllowed(),
                Optional.empty(),
                List.of()));
        return dao.find(id).orElseThrow();
    }

    /** The solution that an attempt is graded by. */
    public Solution solutionOf(Attempt attempt) {
        return solutions
                .find(attempt.itemId(), attempt.itemRevision(), attempt.emulatorRevision())
                .orElseThrow(() -> new IllegalStateException("attempts are opened once the solution is stored"));
    }

    /**
     * Takes a try. It is stored before this returns. A key that the attempt knows gives the try it came with, and no second one.
     *
     * @param sent slot to what was typed
     * @throws dev.trapframe.server.grading.BadAnswers if the answers cannot be graded; no try is used up
     * @throws AttemptClosed if the attempt takes no more tries
     * @throws KeyReused if the key came with other answers
     */
    public TryResult submit(Attempt attempt, Map<String, String> sent, Optional<String> key) {
        Solution solution = solutionOf(attempt);
        Answers answers = Answers.read(sent, solution);
        Verdict verdict = Grader.grade(answers, solution);
        Try made = dao.addTry(attempt.id(), key, answers, verdict.isAllRight()).orElseThrow(AttemptClosed::new);
        if (!made.answers().equals(answers)) throw new KeyReused();
        return new TryResult(
                made,
                verdict,
                attempt.triesAllowed() - made.number(),
                CloseReason.after(made.number(), attempt.triesAllowed(), verdict.isAllRight()),
                solution);
    }

    /** Closes an attempt without a right answer; a closed one stays as it is. */
    public Attempt giveUp(Attempt attempt) {
        return dao.giveUp(attempt.id());
    }

    /** Ties an attempt that belongs to nobody to a learner. */
    public void tie(Attempt attempt, long learnerId) {
        if (attempt.learnerId().isEmpty()) dao.tie(attempt.id(), learnerId);
    }

    public Verdict verdictOf(Try made, Solution solution) {
        return Grader.grade(made.answers(), solution);
    }
}
