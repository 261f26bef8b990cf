package dev.trapframe.emulator.api;

import java.util.List;

/**
 * What a processor holds beside its registers, so that a machine taken at any position goes on exactly from there.
 *
 * <p>Source of the words: Intel SDM Vol. 3C, "Guest Non-Register State".
 *
 * @param halted            stopped by HLT or MWAIT until an event wakes it
 * @param wakesOnMasked     stopped by MWAIT, and an external interrupt wakes it even while RFLAGS.IF is 0
 * @param monitoring        MONITOR has armed an address that no MWAIT has waited for
 * @param blockingBySti     external interrupts wait until after the next instruction
 * @param blockingByMovSs   external interrupts, NMIs and debug traps wait until after the next instruction
 * @param blockingByNmi     NMIs wait until the next IRET
 * @param pendingDebug      data breakpoints B0 to B3 that a load of SS holds off, bits 3 to 0
 * @param betweenIterations the string instruction at RIP was left between two of its iterations
 * @param ticks             instructions and REP iterations so far: the time-stamp counter without IA32_TSC_ADJUST
 * @param pendingNmi        an NMI waits
 * @param pendingInterrupts vectors of the external interrupts that wait, highest first; each once
 * @param tlb               cached translations, oldest first
 */
public record NonRegisterState(
        boolean halted,
        boolean wakesOnMasked,
        boolean monitoring,
        boolean blockingBySti,
        boolean blockingByMovSs,
        boolean blockingByNmi,
        long pendingDebug,
        boolean betweenIterations,
        long ticks,
        boolean pendingNmi,
        List<Integer> pendingInterrupts,
        List<TlbEntry> tlb) {

    /** Running, nothing blocked, nothing pending, empty TLB. */
    public static final NonRegisterState INITIAL =
            new NonRegisterState(false, false, false, false, false, false, 0, false, 0, false, List.of(), List.of());

    public NonRegisterState {
        if (blockingBySti && blockingByMovSs) {
            throw new IllegalArgumentException("blocking by STI and by MOV SS exclude each other");
        }
        pendingInterrupts = List.copyOf(pendingInterrupts);
        tlb = List.copyOf(tlb);
    }

    /** The same with other ticks and another TLB. */
    public NonRegisterState with(long newTicks, List<TlbEntry> newTlb) {
        return new NonRegisterState(
                halted,
                wakesOnMasked,
                monitoring,
                blockingBySti,
                blockingByMovSs,
                blockingByNmi,
                pendingDebug,
                betweenIterations,
                newTicks,
                pendingNmi,
                pendingInterrupts,
                newTlb);
    }
}
