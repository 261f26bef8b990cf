package dev.trapframe.emulator.api;

/**
 * The processor model of a machine. It decides which bits of CR4 and EFER may be set, which MSRs there are and what CPUID
 * answers; instructions and event delivery are the same in all.
 *
 * <p>The two oracle models are those of the recorded traces, as their FORMAT.md describes them.
 */
public enum Processor {
    /** Our own: everything the emulator has. */
    TRAPFRAME("trapframe", true, true, true, true, true, 46),
    /** The machine whose traces were recorded in QEMU 7.2 with {@code -cpu max}. */
    ORACLE_QEMU("oracle-qemu", true, true, false, false, false, 51),
    /** The machine whose traces were recorded in Bochs 2.7: no supervisor protection keys. */
    ORACLE_BOCHS("oracle-bochs", false, false, false, false, false, 51);

    private static final long CR4_LA57 = 1L << 12;
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
    private final boolean fiveLevelPaging;
    private final boolean timeStampAdjust;
    private final boolean machineCheckArchitecture;
    private final int physicalAddressBits;

    Processor(
            String key,
            boolean supervisorKeys,
            boolean speculationControl,
            boolean fiveLevelPaging,
            boolean timeStampAdjust,
            boolean machineCheckArchitecture,
            int physicalAddressBits) {
        this.key = key;
        this.supervisorKeys = supervisorKeys;
        this.speculationControl = speculationControl;
        this.fiveLevelPaging = fiveLevelPaging;
        this.timeStampAdjust = timeStampAdjust;
        this.machineCheckArchitecture = machineCheckArchitecture;
        this.physicalAddressBits = physicalAddressBits;
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

    /** CR4.LA57 exists: 5-level paging and linear addresses of 57 bits. */
    public boolean hasFiveLevelPaging() {
        return fiveLevelPaging;
    }

    /** IA32_TSC_ADJUST can be read and written. WRMSR to IA32_TIME_STAMP_COUNTER works in any case. */
    public boolean hasTimeStampAdjust() {
        return timeStampAdjust;
    }

    /** IA32_MCG_CAP and IA32_MCG_STATUS exist. No model has error-reporting banks: nothing here can break. */
    public boolean hasMachineCheckArchitecture() {
        return machineCheckArchitecture;
    }

    /** MAXPHYADDR: bits from here to 51 of CR3 and of paging entries are reserved. */
    public int physicalAddressBits() {
        return physicalAddressBits;
    }

    /** Bits that MOV to CR4 may set; any other raises #GP(0). */
    public long cr4Bits() {
        return CR4_COMMON | (supervisorKeys ? CR4_PKS : 0) | (fiveLevelPaging ? CR4_LA57 : 0);
    }
}
