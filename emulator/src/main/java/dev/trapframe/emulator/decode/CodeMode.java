package dev.trapframe.emulator.decode;

import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.state.CpuState;

/**
 * What the code segment says of the code: CS.L and CS.D.
 *
 * <p>Source: Intel SDM Vol. 1, "Operand-Size and Address-Size Attributes".
 */
public enum CodeMode {
    /** 64-bit mode: CS.L = 1. */
    LONG_64(4, 8),
    /** 32-bit code, also compatibility mode: CS.D = 1. */
    CODE_32(4, 4),
    /** 16-bit code, also compatibility mode: CS.D = 0. */
    CODE_16(2, 2);

    private static final int CODE_BIG = 0x4000;

    private final int operandSizeBytes;
    private final int addressSizeBytes;

    CodeMode(int operandSizeBytes, int addressSizeBytes) {
        this.operandSizeBytes = operandSizeBytes;
        this.addressSizeBytes = addressSizeBytes;
    }

    /** The mode of the code that runs now. */
    public static CodeMode of(CpuState cpu) {
        if (cpu.in64BitMode()) return LONG_64;
        return (cpu.descriptor(SystemRegister.CS).attributes() & CODE_BIG) != 0 ? CODE_32 : CODE_16;
    }

    /** Operand size without prefix: 2 or 4. */
    public int operandSizeBytes() {
        return operandSizeBytes;
    }

    /** Address size without prefix: 2, 4 or 8. */
    public int addressSizeBytes() {
        return addressSizeBytes;
    }
}
