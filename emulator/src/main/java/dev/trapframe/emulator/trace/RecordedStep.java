package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.isa.Instruction;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a step beside the journal.
 *
 * @param linear      RIP before it
 * @param mode        of the code segment before it
 * @param phase       of the code at RIP
 * @param instruction null if none was fetched
 */
record RecordedStep(
        StepOutcome outcome,
        long linear,
        CodeMode mode,
        Phase phase,
        @Nullable Instruction instruction,
        long iterations) {

    /** True if the other says the same of the same objects: then one of them is enough. */
    boolean isLike(@Nullable RecordedStep other) {
        return other != null
                && outcome == other.outcome
                && linear == other.linear
                && mode == other.mode
                && phase == other.phase
                && instruction == other.instruction
                && iterations == other.iterations;
    }
}
