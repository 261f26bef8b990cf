package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineRegister;
import java.util.Map;
import java.util.Optional;

/**
 * Which register WRMSR writes.
 *
 * <p>Source: Intel SDM Vol. 4, "Model-Specific Registers", table "IA-32 Architectural MSRs".
 */
final class ModelSpecificRegisters {

    private static final Map<Long, MachineRegister> BY_NUMBER = Map.ofEntries(
            Map.entry(0x10L, MachineRegister.TSC_ADJUST),
            Map.entry(0x1bL, MachineRegister.APIC_BASE),
            Map.entry(0x3bL, MachineRegister.TSC_ADJUST),
            Map.entry(0x48L, MachineRegister.SPEC_CTRL),
            Map.entry(0x174L, MachineRegister.SYSENTER_CS),
            Map.entry(0x175L, MachineRegister.SYSENTER_ESP),
            Map.entry(0x176L, MachineRegister.SYSENTER_EIP),
            Map.entry(0x1d9L, MachineRegister.DEBUGCTL),
            Map.entry(0x277L, MachineRegister.PAT),
            Map.entry(0x6e1L, MachineRegister.PKRS),
            Map.entry(0xc000_0080L, MachineRegister.EFER),
            Map.entry(0xc000_0081L, MachineRegister.STAR),
            Map.entry(0xc000_0082L, MachineRegister.LSTAR),
            Map.entry(0xc000_0083L, MachineRegister.CSTAR),
            Map.entry(0xc000_0084L, MachineRegister.SFMASK),
            Map.entry(0xc000_0100L, MachineRegister.FS_BASE),
            Map.entry(0xc000_0101L, MachineRegister.GS_BASE),
            Map.entry(0xc000_0102L, MachineRegister.KERNEL_GS_BASE),
            Map.entry(0xc000_0103L, MachineRegister.TSC_AUX));

    private ModelSpecificRegisters() {}

    /** @param number what RCX holds; its upper half does not count */
    static Optional<MachineRegister> of(long number) {
        return Optional.ofNullable(BY_NUMBER.get(number & 0xffff_ffffL));
    }
}
