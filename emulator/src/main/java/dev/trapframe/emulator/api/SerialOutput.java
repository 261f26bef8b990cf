package dev.trapframe.emulator.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a machine has written to its serial port, in order. Immutable; outputs that continue each other share their bytes,
 * so that keeping one for each position costs nothing.
 */
public final class SerialOutput {

    public static final SerialOutput EMPTY = new SerialOutput(new Buffer(), 0);

    private static final int FIRST_CAPACITY = 64;

    /** Bytes that several outputs begin with. Whoever holds the longest appends to it. */
    private static final class Buffer {
        private byte[] bytes = new byte[FIRST_CAPACITY];
        private int size;
    }

    private final Buffer buffer;
    private final int sizeBytes;

    private SerialOutput(Buffer buffer, int sizeBytes) {
        this.buffer = buffer;
        this.sizeBytes = sizeBytes;
    }

    public static SerialOutput of(byte[] bytes) {
        SerialOutput output = EMPTY;
        for (byte value : bytes) output = output.and(value);
        return output;
    }

    /** This output and one byte more. */
    public SerialOutput and(int value) {
        synchronized (buffer) {
            Buffer continued = buffer.size == sizeBytes && this != EMPTY ? buffer : copy();
            if (continued.size == continued.bytes.length) {
                continued.bytes = Arrays.copyOf(continued.bytes, 2 * continued.size);
            }
            continued.bytes[continued.size++] = (byte) value;
            return new SerialOutput(continued, sizeBytes + 1);
        }
    }

    private Buffer copy() {
        Buffer copy = new Buffer();
        copy.bytes = Arrays.copyOf(buffer.bytes, Math.max(FIRST_CAPACITY, sizeBytes));
        copy.size = sizeBytes;
        return copy;
    }

    public int sizeBytes() {
        return sizeBytes;
    }

    /** A copy of the bytes from an index on. */
    public byte[] bytesFrom(int index) {
        synchronized (buffer) {
            return Arrays.copyOfRange(buffer.bytes, index, sizeBytes);
        }
    }

    /** A copy of all bytes. */
    public byte[] bytes() {
        return bytesFrom(0);
    }

    /** The bytes as characters of ISO 8859-1: none is lost. */
    public String text() {
        return new String(bytes(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SerialOutput output
                && sizeBytes == output.sizeBytes
                && (buffer == output.buffer || Arrays.equals(bytes(), output.bytes()));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes());
    }

    @Override
    public String toString() {
        return text();
    }
}
