package dev.trapframe.server.trace;

/** All workers are busy and the queue is full. Answered with status 429. */
public final class TooManyRuns extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int retryAfterSeconds;

    TooManyRuns(int retryAfterSeconds) {
        super("all workers are busy; try again in " + retryAfterSeconds + " s", null, false, false);
        this.retryAfterSeconds = retryAfterSeconds;
    }

    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
