package dev.trapframe.server.attempt;

import java.util.Arrays;
import java.util.Optional;

/** Why an attempt is closed. */
public enum CloseReason {
    RIGHT("right"),
    OUT_OF_TRIES("out-of-tries"),
    GIVEN_UP("given-up");

    private final String word;

    CloseReason(String word) {
        this.word = word;
    }

    /** As in the database and in JSON. */
    public String word() {
        return word;
    }

    /** Why a try closes its attempt; empty if the attempt stays open. */
    static Optional<CloseReason> after(int tryNumber, int triesAllowed, boolean isAllRight) {
        if (isAllRight) return Optional.of(RIGHT);
        return tryNumber == triesAllowed ? Optional.of(OUT_OF_TRIES) : Optional.empty();
    }

    static CloseReason ofWord(String word) {
        return Arrays.stream(values())
                .filter(reason -> reason.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no close reason " + word));
    }
}
