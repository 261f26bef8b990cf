package dev.trapframe.emulator.api;

import java.util.List;

/** A micro-op, the phase it belongs to, and the changes it owns, in the order in which they were made. */
public record MicroStep(MicroOp op, Phase phase, List<Change> changes) {

    public MicroStep {
        changes = List.copyOf(changes);
    }
}
