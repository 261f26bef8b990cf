package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Step;

/** Which registers a micro-op wrote. The journal keeps only changes; a register that got the value it had was written too. */
public final class RegisterWrites {

    private RegisterWrites() {}

    /**
     * True if the micro-op wrote one of the bits.
     *
     * @param mask bits of the register that are asked for
     */
    public static boolean writes(Step step, MicroStep micro, MachineRegister register, long mask) {
        for (Change change : micro.changes()) {
            if (change instanceof Change.RegisterChange changed
                    && changed.register() == register
                    && ((changed.before() ^ changed.after()) & mask) != 0) return true;
        }
        return micro.op() instanceof MicroOp.InstructionExecuted
                && InstructionText.of(step.text()).destinations().contains(register);
    }
}
