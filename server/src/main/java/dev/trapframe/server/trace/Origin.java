package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineRegister;

/**
 * Where a value came into being: the micro-op that put it into memory or a register.
 *
 * @param stepIndex  the step; -1 if the machine started with it
 * @param microIndex within the step
 * @param target     what was written
 */
public record Origin(int stepIndex, int microIndex, Target target) {

    /** The machine's initial state. */
    public static final int INITIAL = -1;

    /** What holds the value. */
    public sealed interface Target {}

    /** Bytes of memory, 1 to 8 of them. */
    public record MemoryTarget(long linear, int sizeBytes) implements Target {}

    /** A register as a whole. */
    public record RegisterTarget(MachineRegister register) implements Target {}
}
