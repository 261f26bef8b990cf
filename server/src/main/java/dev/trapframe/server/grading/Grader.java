package dev.trapframe.server.grading;

import dev.trapframe.server.item.Solution;
import dev.trapframe.server.item.Solution.ExpectedSlot;
import java.util.LinkedHashMap;
import java.util.Map;

/** Compares answers with the solution, slot by slot. */
public final class Grader {

    private Grader() {}

    public static Verdict grade(Answers answers, Solution solution) {
        Map<String, Boolean> rightBySlot = new LinkedHashMap<>();
        int right = 0;
        int of = 0;
        for (ExpectedSlot slot : solution.slots()) {
            boolean isRight = answers.value(slot.slot()) == slot.expected();
            rightBySlot.put(slot.slot(), isRight);
            if (isRight) right += slot.points();
            of += slot.points();
        }
        return new Verdict(rightBySlot, right, of);
    }
}
