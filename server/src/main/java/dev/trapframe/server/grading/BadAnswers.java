package dev.trapframe.server.grading;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Answers that cannot be graded; no try is used up. */
public final class BadAnswers extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Map<String, String> problems;

    BadAnswers(Map<String, String> problems) {
        super("answers cannot be read", null, false, false);
        this.problems = Collections.unmodifiableMap(new LinkedHashMap<>(problems));
    }

    /** Slot, as sent, to what is wrong with its answer and what is accepted. At least one. */
    public Map<String, String> problems() {
        return problems;
    }
}
