package dev.trapframe.emulator.api;

import dev.trapframe.emulator.event.Event;

/** How a step ended. */
public sealed interface StepOutcome {

    /** The instruction completed and raised nothing. */
    record Retired() implements StepOutcome {}

    /** An event was delivered: the next instruction is the handler's first. */
    record EventDelivered(Event event) implements StepOutcome {}

    /** The processor executed HLT and nothing is pending that would wake it. */
    record Halted() implements StepOutcome {}

    /** The processor gave up: an exception while delivering a double fault. */
    record Shutdown(String reason) implements StepOutcome {}

    /**
     * The instruction wrote to the exit port: the machine is off.
     *
     * @param code what it wrote, zero-extended
     */
    record Exited(long code) implements StepOutcome {}

    /**
     * The emulator does not know this instruction or form. Nothing was changed.
     *
     * @param linear address of the instruction
     * @param bytes  its bytes as lower-case hex pairs with blanks, as many as could be fetched, at most 15
     * @param what   what is missing, for example {@code instruction FXSAVE}
     */
    record NotEmulated(long linear, String bytes, String what) implements StepOutcome {}

    /** True if the machine cannot go on. */
    default boolean isFinal() {
        return !(this instanceof Retired || this instanceof EventDelivered);
    }
}
