package dev.trapframe.emulator.api;

/** Why a run ended. */
public enum RunEnd {
    /** The next instruction is the one at the program's {@code program_end}; it is not executed. */
    END_REACHED,
    HALTED,
    SHUTDOWN,
    NOT_EMULATED,
    STEP_LIMIT,
    /** Of iterations of REP string instructions. */
    ITERATION_LIMIT,
    MEMORY_LIMIT,
    TIME_LIMIT
}
