package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.LocalApicState;

/**
 * The timer of the local APIC. Its input clock is the tick: it counts one down for each instruction or REP iteration, or for
 * as many as the divide configuration says. The count is not kept, only when it reaches 0.
 *
 * <p>Source: Intel SDM Vol. 3A, "APIC Timer", "TSC-Deadline Mode".
 */
final class ApicTimer {

    /** {@link #expiresAt} of a timer that stands. */
    static final long NEVER = Long.MAX_VALUE;

    enum Mode {
        ONE_SHOT,
        PERIODIC,
        DEADLINE
    }

    private static final int MODE_SHIFT = 17;
    private static final long COUNT = 0xffff_ffffL;

    private long initialCount;
    private int divideConfiguration;
    private long expiresAt;
    private long deadline;

    ApicTimer(LocalApicState state) {
        initialCount = state.initialCount();
        divideConfiguration = state.divideConfiguration();
        expiresAt = state.expiresAt() < 0 ? NEVER : state.expiresAt();
        deadline = state.deadline();
    }

    /** The mode that bits 18 and 17 of the LVT entry choose; the reserved one counts as one-shot. */
    static Mode mode(int localVector) {
        return switch (localVector >>> MODE_SHIFT & 3) {
            case 1 -> Mode.PERIODIC;
            case 2 -> Mode.DEADLINE;
            default -> Mode.ONE_SHOT;
        };
    }

    void reset() {
        initialCount = 0;
        divideConfiguration = 0;
        disarm();
    }

    /** Switching between the deadline mode and the others. */
    void disarm() {
        expiresAt = NEVER;
        deadline = 0;
    }

    /** Ticks at which it fires next. */
    long expiresAt() {
        return expiresAt;
    }

    long initialCount() {
        return initialCount;
    }

    int divideConfiguration() {
        return divideConfiguration;
    }

    long deadline() {
        return deadline;
    }

    /** Starts to count down; 0 stops. */
    void load(long count, long now) {
        initialCount = count & COUNT;
        expiresAt = initialCount == 0 ? NEVER : now + initialCount * divisor();
    }

    /** What has been counted stays counted; the rest goes at the new pace. */
    void divide(int configuration, long now) {
        long left = currentCount(now);
        divideConfiguration = configuration;
        if (expiresAt != NEVER && deadline == 0) expiresAt = now + left * divisor();
    }

    /**
     * Fires when the time-stamp counter reaches the value; 0 disarms.
     *
     * @param ticksAtValue ticks at which it does
     */
    void arm(long value, long ticksAtValue) {
        deadline = value;
        expiresAt = value == 0 ? NEVER : ticksAtValue;
    }

    /** The count as software reads it: 0 once it has been reached in one-shot mode, and in deadline mode. */
    long currentCount(long now) {
        if (expiresAt == NEVER || deadline != 0) return 0;
        long divisor = divisor();
        return Math.max(0, expiresAt - now + divisor - 1) / divisor;
    }

    /** True if it has fired; in periodic mode it goes on to the next time after {@code now}. */
    boolean fires(Mode mode, long now) {
        if (now < expiresAt) return false;
        if (mode == Mode.PERIODIC && initialCount != 0) {
            long period = initialCount * divisor();
            expiresAt += ((now - expiresAt) / period + 1) * period;
        } else {
            disarm();
        }
        return true;
    }

    /** Bits 3, 1 and 0: 000 is 2, 110 is 128, 111 is 1. */
    private long divisor() {
        int code = divideConfiguration >>> 1 & 4 | divideConfiguration & 3;
        return code == 7 ? 1 : 2L << code;
    }
}
