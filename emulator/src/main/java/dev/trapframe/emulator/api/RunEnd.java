package dev.trapframe.emulator.api;

/** Why a run ended. */
public enum RunEnd {
    HALTED,
    SHUTDOWN,
    NOT_EMULATED,
    STEP_LIMIT,
    MEMORY_LIMIT,
    TIME_LIMIT
}
