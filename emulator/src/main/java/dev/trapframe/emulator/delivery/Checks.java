package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.state.CpuState;

/** Makes checks: notes each with what was found and what was required, and faults where one fails. */
final class Checks {

    private final CpuState cpu;

    Checks(CpuState cpu) {
        this.cpu = cpu;
    }

    void require(Rule rule, boolean passed, long actual, long required, ExceptionVector vector, int errorCode) {
        note(rule, true, passed, actual, required);
        if (!passed) throw new Fault(vector, errorCode);
    }

    /** A check that does not apply to this event. */
    void notCompared(Rule rule, long actual, long required) {
        note(rule, false, true, actual, required);
    }

    private void note(Rule rule, boolean compared, boolean passed, long actual, long required) {
        if (!cpu.sink().wantsMicroOps()) return;
        cpu.sink().note(new MicroOp.Checked(rule, compared, passed, actual, required));
    }
}
