package dev.trapframe.server.item;

import java.util.List;

/**
 * What one revision of an item expects, as the emulator computed it.
 *
 * @param slots in the order of the item
 */
public record Solution(String itemId, String itemRevision, int emulatorRevision, List<ExpectedSlot> slots) {

    public Solution {
        slots = List.copyOf(slots);
    }

    /**
     * @param slot          the slot's name
     * @param expected      zero-extended to 64 bits
     * @param proofPosition {@code n.m}: right after the micro-op that wrote the value
     */
    public record ExpectedSlot(String slot, String label, int points, long expected, String proofPosition, String why) {

        public String expectedText() {
            return "0x" + Long.toHexString(expected);
        }

        /** Without the expected value: a log must not tell it. */
        @Override
        public String toString() {
            return "ExpectedSlot[" + slot + "]";
        }
    }
}
