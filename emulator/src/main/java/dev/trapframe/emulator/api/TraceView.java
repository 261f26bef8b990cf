package dev.trapframe.emulator.api;

import java.util.Optional;

/** A recorded run. Immutable and safe to share between threads. */
public interface TraceView {

    /** The machine at position 0. */
    MachineState initial();

    int stepCount();

    /** The step from position {@code index} to {@code index + 1}. */
    Step step(int index);

    RunEnd end();

    /** The machine as of a position, 0 to {@link #stepCount()}. */
    MachineView at(int position);

    /**
     * Who last wrote a byte, looking back from a position.
     *
     * @param linear   as the store named it
     * @param position 0 to {@link #stepCount()}; a write in step {@code position - 1} counts
     * @return empty if nothing has written it since position 0
     */
    Optional<Write> lastWrite(long linear, int position);

    /** One write: step and micro-step that own it. */
    record Write(int stepIndex, int microIndex) {}
}
