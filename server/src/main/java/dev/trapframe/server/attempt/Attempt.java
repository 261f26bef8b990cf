package dev.trapframe.server.attempt;

import dev.trapframe.server.grading.Answers;
import java.util.List;
import java.util.Optional;

/**
 * One learner's work on one item.
 *
 * @param id               32 hex digits, 128 random bits: who knows it may answer
 * @param learnerId        empty for an attempt that nobody's cookie is tied to
 * @param itemRevision     what the attempt was opened with, and is graded by
 * @param emulatorRevision the same
 * @param closedBecause    empty while open
 * @param tries            in order; the first is number 1
 */
public record Attempt(
        String id,
        Optional<Long> learnerId,
        String itemId,
        String itemRevision,
        int emulatorRevision,
        int triesAllowed,
        Optional<CloseReason> closedBecause,
        List<Try> tries) {

    public Attempt {
        tries = List.copyOf(tries);
    }

    public boolean isClosed() {
        return closedBecause.isPresent();
    }

    public int triesLeft() {
        return triesAllowed - tries.size();
    }

    public Optional<Try> lastTry() {
        return tries.isEmpty() ? Optional.empty() : Optional.of(tries.get(tries.size() - 1));
    }

    /** The try that was sent with this key. */
    public Optional<Try> tryWithKey(String key) {
        return tries.stream()
                .filter(each -> each.key().equals(Optional.of(key)))
                .findFirst();
    }

    /**
     * One submission of answers.
     *
     * @param number from 1
     * @param key    idempotency key, if the client sent one
     */
    public record Try(int number, Optional<String> key, Answers answers) {}
}
