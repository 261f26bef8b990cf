package dev.trapframe.server.attempt;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.trapframe.server.grading.Answers;
import dev.trapframe.server.grading.Verdict;
import dev.trapframe.server.item.Solution;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a try.
 *
 * @param number     from 1
 * @param slots      slot to its verdict
 * @param right      points earned
 * @param of         points to earn
 * @param state      {@code open} or {@code closed}
 * @param comparison yours, stored solution, and the step that proves it; null while open
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TryJson(
        @JsonProperty("try") int number,
        Map<String, VerdictJson> slots,
        int right,
        int of,
        int triesLeft,
        String state,
        @Nullable String closedBecause,
        @Nullable List<ComparisonJson> comparison) {

    static TryJson of(TryResult result) {
        Optional<CloseReason> closed = result.closedBecause();
        return new TryJson(
                result.made().number(),
                VerdictJson.bySlot(result.verdict()),
                result.verdict().right(),
                result.verdict().of(),
                result.triesLeft(),
                closed.isPresent() ? "closed" : "open",
                closed.map(CloseReason::word).orElse(null),
                closed.isPresent()
                        ? ComparisonJson.of(
                                result.solution(), Optional.of(result.made().answers()))
                        : null);
    }

    /** Right or wrong, and nothing more. */
    public record VerdictJson(boolean right) {

        static Map<String, VerdictJson> bySlot(Verdict verdict) {
            Map<String, VerdictJson> slots = new LinkedHashMap<>();
            verdict.rightBySlot().forEach((slot, right) -> slots.put(slot, new VerdictJson(right)));
            return slots;
        }
    }

    /**
     * One slot of a closed attempt.
     *
     * @param yours    as typed; null if never answered
     * @param expected {@code 0x} and hex digits
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ComparisonJson(
            String slot,
            String label,
            @Nullable String yours,
            String expected,
            boolean right,
            String why,
            ProofJson proof) {

        static List<ComparisonJson> of(Solution solution, Optional<Answers> answers) {
            return solution.slots().stream()
                    .map(slot -> new ComparisonJson(
                            slot.slot(),
                            slot.label(),
                            answers.map(given -> given.typed().get(slot.slot())).orElse(null),
                            slot.expectedText(),
                            answers.map(given -> given.value(slot.slot()) == slot.expected())
                                    .orElse(false),
                            slot.why(),
                            new ProofJson(slot.proofPosition())))
                    .toList();
        }
    }

    /** @param position {@code n.m}: right after the micro-op that wrote the value */
    public record ProofJson(String position) {}
}
