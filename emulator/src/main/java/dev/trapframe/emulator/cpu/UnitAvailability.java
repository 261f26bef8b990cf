package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.Cr4;

/**
 * Whether the x87 or the SSE unit may be used: the #NM or #UD that control registers ask for comes even where this emulator
 * does not have the instruction.
 *
 * <p>Source: Intel SDM Vol. 3A, "Interrupt 7 - Device Not Available Exception (#NM)"; Vol. 2A, "Exception Conditions of
 * Legacy SIMD Instructions".
 */
final class UnitAvailability {

    /** XCR0: SSE and AVX. */
    private static final long XCR0_AVX = 6;

    private final CpuState cpu;

    UnitAvailability(CpuState cpu) {
        this.cpu = cpu;
    }

    /**
     * @param what the instruction table's words for an instruction that the emulator does not have
     * @throws Fault #NM or #UD if its unit may not be used now
     */
    void require(String what) {
        long cr0 = cpu.get(MachineRegister.CR0);
        if (what.contains("x87") && (cr0 & (Cr0.EM | Cr0.TS)) != 0) throw new Fault(ExceptionVector.NM);
        if (what.contains("VEX")) requireAvx();
        if (!what.contains("SSE")) return;
        boolean enabled = (cr0 & Cr0.EM) == 0 && (cpu.get(MachineRegister.CR4) & Cr4.OSFXSR) != 0;
        if (!enabled) throw new Fault(ExceptionVector.UD);
        if ((cr0 & Cr0.TS) != 0) throw new Fault(ExceptionVector.NM);
    }

    /** XCR0 never permits AVX here, as CPUID says. */
    private void requireAvx() {
        boolean enabled = (cpu.get(MachineRegister.CR4) & Cr4.OSXSAVE) != 0
                && (cpu.get(MachineRegister.XCR0) & XCR0_AVX) == XCR0_AVX;
        if (!enabled) throw new Fault(ExceptionVector.UD);
    }
}
