package dev.trapframe.server.attempt;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.trapframe.server.attempt.TryJson.ComparisonJson;
import dev.trapframe.server.attempt.TryJson.VerdictJson;
import dev.trapframe.server.grading.Grader;
import dev.trapframe.server.item.Solution;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An attempt, as its learner may see it.
 *
 * @param attempt    its id
 * @param state      {@code open} or {@code closed}
 * @param slots      what is asked
 * @param tries      what was answered, and right or wrong
 * @param comparison null while open
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttemptJson(
        String attempt,
        String item,
        int triesAllowed,
        int triesLeft,
        String state,
        @Nullable String closedBecause,
        List<SlotJson> slots,
        List<MadeTryJson> tries,
        @Nullable List<ComparisonJson> comparison) {

    static AttemptJson of(Attempt attempt, Solution solution) {
        return new AttemptJson(
                attempt.id(),
                attempt.itemId(),
                attempt.triesAllowed(),
                attempt.triesLeft(),
                attempt.isClosed() ? "closed" : "open",
                attempt.closedBecause().map(CloseReason::word).orElse(null),
                solution.slots().stream()
                        .map(slot -> new SlotJson(slot.slot(), slot.label(), slot.points()))
                        .toList(),
                attempt.tries().stream()
                        .map(made -> MadeTryJson.of(made, solution))
                        .toList(),
                attempt.isClosed()
                        ? ComparisonJson.of(solution, attempt.lastTry().map(Attempt.Try::answers))
                        : null);
    }

    /** A slot that is asked. */
    public record SlotJson(String slot, String label, int points) {}

    /** A try that was made. */
    public record MadeTryJson(
            @JsonProperty("try") int number, Map<String, String> answers, Map<String, VerdictJson> slots) {

        static MadeTryJson of(Attempt.Try made, Solution solution) {
            return new MadeTryJson(
                    made.number(), made.answers().typed(), VerdictJson.bySlot(Grader.grade(made.answers(), solution)));
        }
    }
}
