package dev.trapframe.emulator.api;

import java.util.Map;

/**
 * What may differ between two runs of one program on the default machine.
 *
 * @param registers initial values that override the default machine's: general registers, RFLAGS, RIP, PKRS, PKRU, FS_BASE,
 *                  GS_BASE, KERNEL_GS_BASE
 */
public record MachineOptions(Map<MachineRegister, Long> registers) {

    public static final MachineOptions DEFAULT = new MachineOptions(Map.of());

    public MachineOptions {
        registers = Map.copyOf(registers);
    }
}
