package dev.trapframe.emulator.load;

import java.util.BitSet;

/**
 * The 512 parts of the linear address space, one for each entry of the top page table, and who has them: a program has
 * those that it is linked to, the machine's own tables take others.
 *
 * <p>Source: Intel SDM Vol. 3A, "Paging", section "4-Level Paging and 5-Level Paging".
 */
final class AddressSlots {

    private static final int SLOT_BITS = 39;
    private static final int UPPER_HALF = 256;

    private final BitSet occupied = new BitSet(2 * UPPER_HALF);

    void occupy(LoadSegment segment) {
        occupied.set(slot(segment.linear()), slot(segment.lastLinear()) + 1);
    }

    /**
     * Takes a free part of the upper half.
     *
     * @param preferred a linear address of the upper half
     * @return this address, or, if somebody has its part, the same place in the next part that is free
     * @throws IllegalArgumentException if no part is free
     */
    long choose(long preferred) {
        for (int i = 0; i < UPPER_HALF; i++) {
            int slot = UPPER_HALF + (slot(preferred) + i) % UPPER_HALF;
            if (occupied.get(slot)) continue;
            occupied.set(slot);
            return (long) (slot - 2 * UPPER_HALF) << SLOT_BITS | preferred & (1L << SLOT_BITS) - 1;
        }
        throw new IllegalArgumentException(
                "the segments leave none of the 256 parts of the upper half of the address space for the machine's tables");
    }

    private static int slot(long linear) {
        return (int) (linear >>> SLOT_BITS) & 2 * UPPER_HALF - 1;
    }
}
