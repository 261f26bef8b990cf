package dev.trapframe.emulator.api;

import java.util.Set;

/**
 * The processor model of a machine. It decides which bits of CR4 and EFER may be set, which MSRs there are and what CPUID
 * answers; instructions and event delivery are the same in all.
 *
 * <p>The two oracle models are those of the recorded traces, as their FORMAT.md describes them.
 */
public enum Processor {
    /** Our own: everything the emulator has. */
    TRAPFRAME("trapframe", 46, Feature.values()),
    /** The machine whose traces were recorded in QEMU 7.2 with {@code -cpu max}, which has no INVPCID. */
    ORACLE_QEMU("oracle-qemu", 51, Feature.SUPERVISOR_KEYS, Feature.SPECULATION_CONTROL),
    /** The machine whose traces were recorded in Bochs 2.7: no supervisor protection keys. */
    ORACLE_BOCHS("oracle-bochs", 51, Feature.INVALIDATE_CONTEXTS);

    private enum Feature {
        SUPERVISOR_KEYS,
        SPECULATION_CONTROL,
        FIVE_LEVEL_PAGING,
        TIME_STAMP_ADJUST,
        MACHINE_CHECK_ARCHITECTURE,
        MISCELLANEOUS_ENABLE,
        INVALIDATE_CONTEXTS,
        MONITOR
    }

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
    private final int physicalAddressBits;
    private final Set<Feature> features;

    Processor(String key, int physicalAddressBits, Feature... features) {
        this.key = key;
        this.physicalAddressBits = physicalAddressBits;
        this.features = Set.of(features);
    }

    /** The name in machine-state files, for example {@code oracle-qemu}. */
    public String key() {
        return key;
    }

    /** CR4.PKS and IA32_PKRS exist. */
    public boolean hasSupervisorKeys() {
        return features.contains(Feature.SUPERVISOR_KEYS);
    }

    /** IA32_SPEC_CTRL exists. */
    public boolean hasSpeculationControl() {
        return features.contains(Feature.SPECULATION_CONTROL);
    }

    /** CR4.LA57 exists: 5-level paging and linear addresses of 57 bits. */
    public boolean hasFiveLevelPaging() {
        return features.contains(Feature.FIVE_LEVEL_PAGING);
    }

    /** IA32_TSC_ADJUST can be read and written. WRMSR to IA32_TIME_STAMP_COUNTER works in any case. */
    public boolean hasTimeStampAdjust() {
        return features.contains(Feature.TIME_STAMP_ADJUST);
    }

    /** IA32_MISC_ENABLE exists. */
    public boolean hasMiscellaneousEnable() {
        return features.contains(Feature.MISCELLANEOUS_ENABLE);
    }

    /** IA32_MCG_CAP and IA32_MCG_STATUS exist, and one error-reporting bank. */
    public boolean hasMachineCheckArchitecture() {
        return features.contains(Feature.MACHINE_CHECK_ARCHITECTURE);
    }

    /** INVPCID exists. */
    public boolean hasInvpcid() {
        return features.contains(Feature.INVALIDATE_CONTEXTS);
    }

    /** MONITOR and MWAIT exist. */
    public boolean hasMonitor() {
        return features.contains(Feature.MONITOR);
    }

    /** MAXPHYADDR: bits from here to 51 of CR3 and of paging entries are reserved. */
    public int physicalAddressBits() {
        return physicalAddressBits;
    }

    /** Bits that MOV to CR4 may set; any other raises #GP(0). */
    public long cr4Bits() {
        return CR4_COMMON | (hasSupervisorKeys() ? CR4_PKS : 0) | (hasFiveLevelPaging() ? CR4_LA57 : 0);
    }
}
