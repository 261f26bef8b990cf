package dev.trapframe.emulator.trace;

import java.util.Arrays;

/** A list of ints without boxes. */
final class GrowingInts {

    private int[] values = new int[256];
    private int size;

    void add(int value) {
        if (size == values.length) values = Arrays.copyOf(values, 2 * size);
        values[size++] = value;
    }

    void replaceLast(int value) {
        values[size - 1] = value;
    }

    /** Gives back what is not used. */
    void trim() {
        values = Arrays.copyOf(values, size);
    }

    int get(int index) {
        return values[index];
    }

    int last() {
        return values[size - 1];
    }

    int size() {
        return size;
    }
}
