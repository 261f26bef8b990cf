package dev.trapframe.emulator.api;

import java.util.Locale;

/**
 * Every register whose value a trace can show. The first sixteen stand in encoding order, so that {@code ordinal()} of a
 * general register is its number.
 */
public enum MachineRegister {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    RIP,
    RFLAGS,
    ES,
    CS,
    SS,
    DS,
    FS,
    GS,
    FS_BASE,
    GS_BASE,
    KERNEL_GS_BASE,
    CR0,
    CR2,
    CR3,
    CR4,
    CR8,
    EFER,
    CPL,
    PKRU,
    PKRS,
    STAR,
    LSTAR,
    CSTAR,
    SFMASK,
    SYSENTER_CS,
    SYSENTER_ESP,
    SYSENTER_EIP,
    PAT,
    TSC_AUX,
    APIC_BASE,
    SPEC_CTRL,
    DR0,
    DR1,
    DR2,
    DR3,
    DR6,
    DR7;

    private static final MachineRegister[] VALUES = values();

    /** The name that slots, JSON and pages use: lower case, for example {@code gs_base}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The general register with this number, 0 to 15. */
    public static MachineRegister general(int number) {
        return VALUES[number];
    }

    /** The selector of the segment register with this number: 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS. */
    public static MachineRegister segment(int number) {
        return VALUES[ES.ordinal() + number];
    }
}
