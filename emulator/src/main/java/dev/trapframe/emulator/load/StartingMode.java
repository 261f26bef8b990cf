package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.Efer;
import dev.trapframe.emulator.state.Rflags;

/**
 * The modes in which a machine may start: protected mode, with paging or without, and IA-32e mode.
 *
 * <p>Source: Intel SDM Vol. 3A, "Modes of Operation".
 */
public final class StartingMode {

    private StartingMode() {}

    /**
     * Holds registers against the modes.
     *
     * @throws IllegalArgumentException naming the mode that is not emulated, or the bits that exclude each other
     */
    public static void require(CpuState cpu) {
        long cr0 = cpu.get(MachineRegister.CR0);
        if ((cr0 & Cr0.PE) == 0) throw refuse("real-address mode is not emulated: CR0.PE has to be 1", cpu);
        if (cpu.flag(Rflags.VM) && !cpu.inIa32eMode())
            throw refuse("virtual-8086 mode is not emulated: RFLAGS.VM has to be 0", cpu);
        boolean longMode = cpu.isPaging() && (cpu.get(MachineRegister.EFER) & Efer.LME) != 0;
        if (cpu.inIa32eMode() != longMode) {
            throw refuse("EFER.LMA is 1 exactly if CR0.PG and EFER.LME are", cpu);
        }
        if (longMode && (cpu.get(MachineRegister.CR4) & Cr4.PAE) == 0) {
            throw refuse("IA-32e mode needs CR4.PAE = 1", cpu);
        }
    }

    private static IllegalArgumentException refuse(String why, CpuState cpu) {
        return new IllegalArgumentException(why + ", got CR0 0x" + Long.toHexString(cpu.get(MachineRegister.CR0))
                + ", CR4 0x" + Long.toHexString(cpu.get(MachineRegister.CR4))
                + ", EFER 0x" + Long.toHexString(cpu.get(MachineRegister.EFER))
                + ", RFLAGS 0x" + Long.toHexString(cpu.rflags()));
    }
}
