package dev.trapframe.emulator.api;

/**
 * The processor model of a machine. It decides which bits of CR4 and EFER may be set, which MSRs there are and what CPUID
 * answers; instructions and event delivery are the same in all.
 *
 * <p>The two oracle models are those of the recorded traces, as their FORMAT.md describes them.
 */
public enum Processor {
    /** Our own: everything the emulator has. */
    TRAPFRAME("trapframe", true, true),
    /** The machine whose traces were recorded in QEMU 7.2 with {@code -cpu max}. */
    ORACLE_QEMU("oracle-qemu", true, true),
    /** The machine whose traces were recorded in Bochs 2.7: no supervisor protection keys. */
    ORACLE_BOCHS("oracle-bochs", false, false);

    /** Bits of physical addresses: 0 to 50; bit 51 of a paging entry is reserved. */
    public static final int PHYSICAL_ADDRESS_BITS = 51;

    private static final long CR4_PKS = 1L << 24;
    private static final long CR4_COMMON = 0x7ffL // VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT
            | 1L << 11 // UMIP
            | 1L << 16 // FSGSBASE
            | 1L << 17 // PCIDE
            | 1L << 18 // OSXSAVE
            | 1L << 20 // SMEP
            | 1L << 21 // SMAP
            | 1L << 22; // PKE

    private final String key;
    private final boolean supervisorKeys;
    private final boolean speculationControl;

    Processor(String key, boolean supervisorKeys, boolean speculationControl) {
        this.key = key;
        this.supervisorKeys = supervisorKeys;
        this.speculationControl = speculationControl;
    }

    /** The name in machine-state files, for example {@code oracle-qemu}. */
    public String key() {
        return key;
    }

    /** CR4.PKS and IA32_PKRS exist. */
    public boolean hasSupervisorKeys() {
        return supervisorKeys;
    }

    /** IA32_SPEC_CTRL exists. */
    public boolean hasSpeculationControl() {
        return speculationControl;
    }

    /** Bits that MOV to CR4 may set; any other raises #GP(0). */
    public long cr4Bits() {
        return supervisorKeys ? CR4_COMMON | CR4_PKS : CR4_COMMON;
    }
}
