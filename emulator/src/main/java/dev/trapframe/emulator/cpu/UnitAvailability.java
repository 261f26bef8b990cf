package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;

/**
 * Whether instructions with VEX and EVEX may be used: the #UD that control registers ask for comes even where this emulator
 * does not have the instruction.
 *
 * <p>Source: Intel SDM Vol. 2A, "AVX and FMA Exceptions"; Vol. 1, "Detection of AVX Instructions".
 */
final class UnitAvailability {

    /** XCR0: SSE and AVX. */
    private static final long XCR0_AVX = 6;

    private final CpuState cpu;

    UnitAvailability(CpuState cpu) {
        this.cpu = cpu;
    }

    /**
     * XCR0 never permits AVX here, as CPUID says.
     *
     * @throws Fault #UD if they may not be used now
     */
    void requireAvx() {
        boolean enabled = (cpu.get(MachineRegister.CR4) & Cr4.OSXSAVE) != 0
                && (cpu.get(MachineRegister.XCR0) & XCR0_AVX) == XCR0_AVX;
        if (!enabled) throw new Fault(ExceptionVector.UD);
    }
}
