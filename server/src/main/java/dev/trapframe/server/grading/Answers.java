package dev.trapframe.server.grading;

import dev.trapframe.server.item.Solution;
import dev.trapframe.server.item.Solution.ExpectedSlot;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Answers to every slot that a solution has, each a number.
 *
 * @param typed slot to what was typed, in the order of the item
 */
public record Answers(Map<String, String> typed) {

    public Answers {
        typed = Collections.unmodifiableMap(new LinkedHashMap<>(typed));
    }

    /**
     * Takes what was sent, if it answers all slots of the solution and nothing else.
     *
     * @param sent slot to what was typed
     * @throws BadAnswers naming each slot that is unknown, missing, or no number
     */
    public static Answers read(Map<String, String> sent, Solution solution) {
        Map<String, String> problems = new LinkedHashMap<>();
        List<String> slots = solution.slots().stream().map(ExpectedSlot::slot).toList();
        for (String slot : sent.keySet()) {
            if (!slots.contains(slot))
                problems.put(slot, "this slot is not asked; asked are " + String.join(", ", slots));
        }
        Map<String, String> typed = new LinkedHashMap<>();
        for (String slot : slots) {
            String answer = sent.get(slot);
            if (answer == null || answer.isBlank()) {
                problems.put(slot, "the answer is missing; " + AnswerFormat.ACCEPTED);
            } else if (AnswerFormat.parse(answer).isEmpty()) {
                problems.put(slot, "this is not a number; " + AnswerFormat.ACCEPTED);
            } else {
                typed.put(slot, answer.strip());
            }
        }
        if (!problems.isEmpty()) throw new BadAnswers(problems);
        return new Answers(typed);
    }

    /** The number typed for a slot. */
    public long value(String slot) {
        OptionalLong value = AnswerFormat.parse(typed.getOrDefault(slot, ""));
        return value.orElseThrow(() -> new IllegalStateException("answers are read before they are graded"));
    }
}
