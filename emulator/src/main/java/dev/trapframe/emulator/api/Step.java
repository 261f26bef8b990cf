package dev.trapframe.emulator.api;

import java.util.List;
import java.util.Set;

/**
 * One step: an instruction including the delivery of whatever event it raised, or one asynchronous delivery.
 *
 * @param index         the step leads from position {@code index} to {@code index + 1}; the first is 0
 * @param outcome       how it ended
 * @param linear        RIP before the step
 * @param bytes         the instruction's bytes; empty for an asynchronous delivery and where the fetch failed
 * @param text          the instruction in AT&amp;T syntax; empty where {@code bytes} is
 * @param microSteps    what happened inside, at least one
 * @param registersRead the registers that the instruction's result depends on, RFLAGS included where it tests flags
 * @param iterations    of a REP string instruction in this step, else 1
 */
public record Step(
        int index,
        StepOutcome outcome,
        long linear,
        byte[] bytes,
        String text,
        List<MicroStep> microSteps,
        Set<MachineRegister> registersRead,
        long iterations) {

    public Step {
        microSteps = List.copyOf(microSteps);
        registersRead = Set.copyOf(registersRead);
    }

    /** All changes of the step, in order. */
    public List<Change> changes() {
        return microSteps.stream().flatMap(micro -> micro.changes().stream()).toList();
    }
}
