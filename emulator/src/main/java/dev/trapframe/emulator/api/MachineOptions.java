package dev.trapframe.emulator.api;

import java.util.List;
import java.util.Map;

/**
 * What may differ between two runs of one program on the default machine.
 *
 * @param registers initial values that override the default machine's: general registers, RFLAGS, RIP, PKRS, PKRU, FS_BASE,
 *                  GS_BASE, KERNEL_GS_BASE
 * @param injections asynchronous events that become pending at positions of the run
 * @param devices    {@link DeviceState#NONE}, or what the machine has; the local APIC then stands at {@link DefaultLayout#LOCAL_APIC}
 */
public record MachineOptions(Map<MachineRegister, Long> registers, List<Injection> injections, DeviceState devices) {

    public static final MachineOptions DEFAULT = new MachineOptions(Map.of());

    public MachineOptions {
        registers = Map.copyOf(registers);
        injections = List.copyOf(injections);
    }

    /** Without devices. */
    public MachineOptions(Map<MachineRegister, Long> registers, List<Injection> injections) {
        this(registers, injections, DeviceState.NONE);
    }

    /** Other initial values, and no event from outside. */
    public MachineOptions(Map<MachineRegister, Long> registers) {
        this(registers, List.of());
    }
}
