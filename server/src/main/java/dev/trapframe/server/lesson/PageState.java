package dev.trapframe.server.lesson;

import dev.trapframe.server.learner.Learner;
import dev.trapframe.server.scenario.Position;
import java.util.Map;
import java.util.Optional;

/**
 * What a lesson page is asked to show besides the lesson: who reads, the address's query, and what was wrong with a form.
 *
 * @param query   the address's parameters: {@code attempt}, and the positions of steppers
 * @param learner empty for nobody
 * @param refused a form that could not be taken, to be shown again
 */
record PageState(Map<String, String> query, Optional<Learner> learner, Optional<RefusedForm> refused) {

    PageState {
        query = Map.copyOf(query);
    }

    Optional<String> attempt() {
        return Optional.ofNullable(query.get("attempt"));
    }

    /** Where a stepper is asked to stand. */
    Optional<Position> position(String parameter) {
        return Optional.ofNullable(query.get(parameter)).flatMap(Position::parse);
    }

    /**
     * @param attemptId the attempt that the form names
     * @param typed     slot to what was typed
     * @param message   what was wrong
     */
    record RefusedForm(String itemId, String attemptId, Map<String, String> typed, String message) {}
}
