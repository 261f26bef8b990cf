package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.state.CpuState;

/**
 * General registers that an instruction uses without naming them as an operand: the low 1, 2, 4 or 8 bytes.
 *
 * <p>Source: Intel SDM Vol. 1, "General-Purpose Registers in 64-Bit Mode".
 */
final class Registers {

    private Registers() {}

    /** Zero-extended. */
    static long read(CpuState cpu, GeneralRegister register, int sizeBytes) {
        return Width.zeroExtend(cpu.general(register.ordinal()), sizeBytes);
    }

    /** 32 bits clear the upper half, 8 and 16 bits leave the rest of the register. */
    static void write(CpuState cpu, GeneralRegister register, int sizeBytes, long value) {
        int number = register.ordinal();
        if (sizeBytes >= Integer.BYTES) {
            cpu.setGeneral(number, Width.zeroExtend(value, sizeBytes));
        } else {
            long mask = Width.mask(sizeBytes);
            cpu.setGeneral(number, cpu.general(number) & ~mask | value & mask);
        }
    }
}
