package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.TraceView;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What of a trace may be sent to somebody who has still to say what some slots hold: hidden are the slots' bytes from the
 * moment they are written, the operand of the micro-op that wrote them, and everything that is computed from them later.
 *
 * <p>Values are followed through registers and through memory, byte by byte. Where a hidden value decides how execution
 * goes on, the trace is cut: a branch taken tells the flag, an address tells its register.
 */
public final class HiddenTrace {

    private final TraceRun run;
    private final List<String> slots;
    private final TaintAnalysis analysis;

    private HiddenTrace(TraceRun run, List<String> slots, TaintAnalysis analysis) {
        this.run = run;
        this.slots = List.copyOf(slots);
        this.analysis = analysis;
    }

    /**
     * Hides values and all that comes from them.
     *
     * @param slots   what the values are called
     * @param origins where each came into being
     */
    public static HiddenTrace of(TraceRun run, List<String> slots, List<Origin> origins) {
        return new HiddenTrace(run, slots, TaintAnalysis.of(run.trace(), origins));
    }

    public TraceRun run() {
        return run;
    }

    public List<String> slots() {
        return slots;
    }

    /** The position after which nothing may be sent; empty if the whole trace may. */
    public OptionalInt cutAt() {
        TraceView trace = run.trace();
        return analysis.stepCount() < trace.stepCount() ? OptionalInt.of(analysis.stepCount()) : OptionalInt.empty();
    }

    /** Number of steps that may be sent. */
    public int stepCount() {
        return analysis.stepCount();
    }

    List<Veil> veils(int stepIndex) {
        return analysis.veils(stepIndex);
    }

    /** True if the error code of the event that the step delivers is hidden. */
    boolean hidesErrorCode(int stepIndex) {
        return analysis.hidesErrorCode(stepIndex);
    }

    /** Registers whose initial value is hidden. */
    Set<MachineRegister> initialRegisters() {
        return analysis.initialRegisters();
    }

    /** True if the initial value of the byte at a linear address is hidden. */
    boolean hidesInitialByte(long linear) {
        return analysis.hidesInitialByte(linear);
    }
}
