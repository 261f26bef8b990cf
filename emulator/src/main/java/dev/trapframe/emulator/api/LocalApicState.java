package dev.trapframe.emulator.api;

import java.util.Collections;
import java.util.List;

/**
 * What the registers of the local APIC hold. Bits 7 to 4 of the task priority are CR8; whether the APIC is on, and in which
 * mode, stands in IA32_APIC_BASE.
 *
 * <p>Source of the words: Intel SDM Vol. 3A, "Local APIC Register Address Map".
 *
 * @param prioritySubclass    bits 3 to 0 of the task-priority register
 * @param logicalDestination  LDR, 32 bits
 * @param destinationFormat   DFR, 32 bits
 * @param spuriousVector      SVR: vector in bits 7 to 0, software enable in bit 8
 * @param errorStatus         ESR as software reads it
 * @param pendingErrors       errors since ESR was last written
 * @param interruptCommand    ICR, 64 bits, as xAPIC mode has it: destination in bits 63 to 56 (x2APIC mode: 63 to 32)
 * @param localVectors        LVT entries: timer, thermal sensor, performance counters, LINT0, LINT1, error
 * @param initialCount        of the timer, 32 bits
 * @param divideConfiguration bits 3, 1 and 0 of the divide configuration register
 * @param expiresAt           ticks at which the timer fires next; -1 while it stands
 * @param deadline            IA32_TSC_DEADLINE; 0 if none is armed
 * @param requested           vectors whose IRR bit is set, highest first
 * @param inService           vectors whose ISR bit is set, highest first
 */
public record LocalApicState(
        int prioritySubclass,
        int logicalDestination,
        int destinationFormat,
        int spuriousVector,
        int errorStatus,
        int pendingErrors,
        long interruptCommand,
        List<Integer> localVectors,
        long initialCount,
        int divideConfiguration,
        long expiresAt,
        long deadline,
        List<Integer> requested,
        List<Integer> inService) {

    /** Entries of the local vector table. */
    public static final int LOCAL_VECTORS = 6;

    private static final int MASKED = 0x1_0000;

    /** After reset: disabled by software, all local vectors masked. */
    public static final LocalApicState RESET = new LocalApicState(
            0, 0, -1, 0xff, 0, 0, 0, Collections.nCopies(LOCAL_VECTORS, MASKED), 0, 0, -1, 0, List.of(), List.of());

    /** As firmware leaves it: after reset, but for software that has enabled it. */
    public static final LocalApicState ENABLED = new LocalApicState(
            0, 0, -1, 0x1ff, 0, 0, 0, Collections.nCopies(LOCAL_VECTORS, MASKED), 0, 0, -1, 0, List.of(), List.of());

    public LocalApicState {
        if (localVectors.size() != LOCAL_VECTORS) {
            throw new IllegalArgumentException("the local vector table has 6 entries, got " + localVectors.size());
        }
        localVectors = List.copyOf(localVectors);
        requested = List.copyOf(requested);
        inService = List.copyOf(inService);
    }
}
