package dev.trapframe.emulator.device;

/** A device with I/O ports. */
interface PortDevice {

    /** The ports from {@code first} to {@code last}, both included. */
    record Range(int first, int last) {
        boolean contains(int port) {
            return port >= first && port <= last;
        }
    }

    /** True if the device answers at this port. */
    boolean has(int port);

    /** The widest access that the device takes as one, in bytes; a wider one goes to successive ports in parts. */
    int widthBytes();

    /** Reads 1 to {@link #widthBytes} bytes, zero-extended. */
    long read(int port, int sizeBytes);

    /** Writes 1 to {@link #widthBytes} bytes. */
    void write(int port, int sizeBytes, long value);
}
