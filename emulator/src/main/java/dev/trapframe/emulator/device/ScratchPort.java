package dev.trapframe.emulator.device;

import dev.trapframe.emulator.memory.LittleEndian;

/** Ports 0xe0 to 0xe3: four bytes that keep what is written, so that programs can try their port instructions. */
final class ScratchPort implements PortDevice {

    private static final Range PORTS = new Range(0xe0, 0xe3);

    private long bytes;
    private long stamp;

    ScratchPort(long bytes) {
        this.bytes = bytes;
    }

    /** 32 bits, the byte of the first port in bits 7 to 0. */
    long bytes() {
        return bytes;
    }

    long stamp() {
        return stamp;
    }

    @Override
    public boolean has(int port) {
        return PORTS.contains(port);
    }

    @Override
    public int widthBytes() {
        return 1;
    }

    private static int shift(int port) {
        return Byte.SIZE * (port - PORTS.first());
    }

    @Override
    public long read(int port, int sizeBytes) {
        return LittleEndian.truncate(bytes >>> shift(port), sizeBytes);
    }

    @Override
    public void write(int port, int sizeBytes, long value) {
        bytes = bytes & ~(0xffL << shift(port)) | value << shift(port);
        stamp++;
    }
}
