package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.MachineCheck;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.MachineCheckBits;

/**
 * What the processor does with a machine check before it delivers #MC: it reports in bank 0.
 *
 * <p>Source: Intel SDM Vol. 3B, "Machine-Check Architecture", "Interrupt 18 - Machine-Check Exception (#MC)" in Vol. 3A.
 */
final class MachineCheckReport {

    private MachineCheckReport() {}

    /**
     * Fills the registers: the interrupted program can go on, for nothing was broken in fact.
     *
     * @return false if the processor has to shut down: CR4.MCE is 0, or another machine check is in progress
     */
    static boolean report(MachineCheck check, CpuState cpu) {
        boolean inProgress = (cpu.get(MachineRegister.MCG_STATUS) & MachineCheckBits.MCG_MCIP) != 0;
        boolean enabled = (cpu.get(MachineRegister.CR4) & Cr4.MCE) != 0;
        long status = check.status() | MachineCheckBits.MCI_VAL;
        cpu.set(MachineRegister.MC0_STATUS, status);
        cpu.set(MachineRegister.MC0_ADDR, check.address());
        cpu.set(MachineRegister.MC0_MISC, check.misc());
        cpu.set(
                MachineRegister.MCG_STATUS,
                MachineCheckBits.MCG_RIPV | MachineCheckBits.MCG_EIPV | MachineCheckBits.MCG_MCIP);
        if (cpu.sink().wantsMicroOps()) {
            cpu.sink().note(new MicroOp.MachineCheckReported(status, check.address(), check.misc()));
        }
        return enabled && !inProgress;
    }
}
