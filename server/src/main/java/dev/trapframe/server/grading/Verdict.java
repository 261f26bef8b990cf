package dev.trapframe.server.grading;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Right or wrong, by slot.
 *
 * @param rightBySlot in the order of the item
 * @param right       points earned
 * @param of          points to earn
 */
public record Verdict(Map<String, Boolean> rightBySlot, int right, int of) {

    public Verdict {
        rightBySlot = Collections.unmodifiableMap(new LinkedHashMap<>(rightBySlot));
    }

    public boolean isAllRight() {
        return right == of;
    }

    public boolean isRight(String slot) {
        return rightBySlot.getOrDefault(slot, false);
    }
}
