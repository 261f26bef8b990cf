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
    DEBUGCTL,
    /** What the time-stamp counter is ahead of the ticks. */
    TSC_ADJUST,
    MISC_ENABLE,
    MCG_STATUS,
    /** Error-reporting bank 0. */
    MC0_CTL,
    MC0_STATUS,
    MC0_ADDR,
    MC0_MISC,
    DR0,
    DR1,
    DR2,
    DR3,
    DR6,
    DR7,
    /** The page-directory-pointer-table entries that the processor holds with PAE paging; else what it held last. */
    PDPTE0,
    PDPTE1,
    PDPTE2,
    PDPTE3,
    /** x87 and SSE state, each register in two parts where it has more than 64 bits. */
    FCW,
    FSW,
    /** Abridged: a bit for each register that is not empty. */
    FTW,
    FOP,
    FIP,
    FDP,
    ST0_LOW,
    ST0_HIGH,
    ST1_LOW,
    ST1_HIGH,
    ST2_LOW,
    ST2_HIGH,
    ST3_LOW,
    ST3_HIGH,
    ST4_LOW,
    ST4_HIGH,
    ST5_LOW,
    ST5_HIGH,
    ST6_LOW,
    ST6_HIGH,
    ST7_LOW,
    ST7_HIGH,
    MXCSR,
    XCR0,
    XMM0_LOW,
    XMM0_HIGH,
    XMM1_LOW,
    XMM1_HIGH,
    XMM2_LOW,
    XMM2_HIGH,
    XMM3_LOW,
    XMM3_HIGH,
    XMM4_LOW,
    XMM4_HIGH,
    XMM5_LOW,
    XMM5_HIGH,
    XMM6_LOW,
    XMM6_HIGH,
    XMM7_LOW,
    XMM7_HIGH,
    XMM8_LOW,
    XMM8_HIGH,
    XMM9_LOW,
    XMM9_HIGH,
    XMM10_LOW,
    XMM10_HIGH,
    XMM11_LOW,
    XMM11_HIGH,
    XMM12_LOW,
    XMM12_HIGH,
    XMM13_LOW,
    XMM13_HIGH,
    XMM14_LOW,
    XMM14_HIGH,
    XMM15_LOW,
    XMM15_HIGH;

    private static final MachineRegister[] VALUES = values();

    /** The name that slots, JSON and pages use: lower case, for example {@code gs_base}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The low 64 bits of the XMM register with this number, 0 to 15; the high ones follow. */
    public static MachineRegister xmm(int number) {
        return VALUES[XMM0_LOW.ordinal() + 2 * number];
    }

    /** The low 64 bits of the physical x87 register with this number, 0 to 7; the 16 high ones follow. */
    public static MachineRegister x87(int number) {
        return VALUES[ST0_LOW.ordinal() + 2 * number];
    }

    /** The page-directory-pointer-table entry with this number, 0 to 3. */
    public static MachineRegister pdpte(int number) {
        return VALUES[PDPTE0.ordinal() + number];
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
