package dev.trapframe.emulator.device;

import dev.trapframe.emulator.memory.MmioRegion;

/**
 * The page of the local APIC, as far as a machine needs it whose interrupts come from outside: writes are accepted and
 * lost, reads give 0.
 */
public final class LocalApicPage implements MmioRegion {

    /** Where it is after reset: IA32_APIC_BASE. */
    public static final long DEFAULT_PHYSICAL = 0xfee0_0000L;

    private static final long SIZE_BYTES = 4096;

    @Override
    public long physical() {
        return DEFAULT_PHYSICAL;
    }

    @Override
    public long sizeBytes() {
        return SIZE_BYTES;
    }

    @Override
    public long read(long offset, int sizeBytes) {
        return 0;
    }

    @Override
    public void write(long offset, int sizeBytes, long value) {
        // Interrupts come from the injections of the machine's state.
    }
}
