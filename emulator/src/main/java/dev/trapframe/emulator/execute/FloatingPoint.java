package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.state.Cr0;

/** x87 instructions that need no x87 register. */
final class FloatingPoint {

    private FloatingPoint() {}

    /**
     * Does nothing, after the #NM of a unit that is emulated or not yet switched in.
     *
     * <p>Source: Intel SDM Vol. 2A, FNOP.
     */
    static void fnop(Instruction instruction, Context context) {
        long cr0 = context.cpu().get(MachineRegister.CR0);
        if ((cr0 & (Cr0.EM | Cr0.TS)) != 0) throw new Fault(ExceptionVector.NM);
    }
}
