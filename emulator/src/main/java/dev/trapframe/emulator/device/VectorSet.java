package dev.trapframe.emulator.device;

import java.util.ArrayList;
import java.util.List;

/** 256 bits, one for each interrupt vector: IRR or ISR. */
final class VectorSet {

    private static final int WORDS = 4;

    private final long[] words = new long[WORDS];

    void set(int vector) {
        words[vector >>> 6] |= 1L << vector;
    }

    void clear(int vector) {
        words[vector >>> 6] &= ~(1L << vector);
    }

    void clear() {
        for (int i = 0; i < WORDS; i++) words[i] = 0;
    }

    boolean contains(int vector) {
        return (words[vector >>> 6] >>> vector & 1) != 0;
    }

    /** -1 if empty. */
    int highest() {
        for (int i = WORDS - 1; i >= 0; i--) {
            if (words[i] != 0) return i << 6 | Long.SIZE - 1 - Long.numberOfLeadingZeros(words[i]);
        }
        return -1;
    }

    boolean isEmpty() {
        return (words[0] | words[1] | words[2] | words[3]) == 0;
    }

    /** 32 bits: vectors {@code 32 * index} and up, as the registers of the APIC have them. */
    int register(int index) {
        return (int) (words[index >>> 1] >>> 32 * (index & 1));
    }

    /** Highest first. */
    List<Integer> vectors() {
        List<Integer> result = new ArrayList<>();
        for (int vector = 255; vector >= 0; vector--) {
            if (contains(vector)) result.add(vector);
        }
        return result;
    }
}
