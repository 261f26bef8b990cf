package dev.trapframe.emulator.api;

/**
 * A machine check as hardware would report it, in error-reporting bank 0.
 *
 * <p>Source: Intel SDM Vol. 3B, "Error-Reporting Register Banks" and "IA32_MCG_STATUS MSR".
 *
 * @param status  IA32_MC0_STATUS, whose VAL bit (63) is set in any case
 * @param address IA32_MC0_ADDR; it counts if ADDRV (bit 58 of the status) is set
 * @param misc    IA32_MC0_MISC; it counts if MISCV (bit 59 of the status) is set
 */
public record MachineCheck(long status, long address, long misc) {

    /** An uncorrected error without more: VAL, UC, EN, no address, error code 1 (unclassified). */
    public static final MachineCheck UNCLASSIFIED = new MachineCheck(0xb000_0000_0000_0001L, 0, 0);
}
