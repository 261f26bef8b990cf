package dev.trapframe.emulator.api;

/** Why a run ended. */
public enum RunEnd {
    /** The next instruction is the one at the program's {@code program_end}; it is not executed. */
    END_REACHED,
    HALTED,
    SHUTDOWN,
    NOT_EMULATED,
    /** The machine ended it: a write to the exit port. */
    EXITED,
    STEP_LIMIT,
    TICK_LIMIT,
    /** Of iterations of REP string instructions. */
    ITERATION_LIMIT,
    MEMORY_LIMIT,
    TIME_LIMIT
}
