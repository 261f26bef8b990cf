package dev.trapframe.emulator.device;

/**
 * Ports that test kernels write to and expect nothing from: 0x80 (a short delay), 0xe4 (a request to flush pages that some
 * emulators cache), 0x8900 (the letters of "Shutdown" before a HLT). They read as zero.
 */
final class QuietPorts implements PortDevice {

    private static final Range FLUSH = new Range(0xe4, 0xe7);
    private static final int DELAY = 0x80;
    private static final int SHUTDOWN = 0x8900;

    @Override
    public boolean has(int port) {
        return FLUSH.contains(port) || port == DELAY || port == SHUTDOWN;
    }

    @Override
    public int widthBytes() {
        return Integer.BYTES;
    }

    @Override
    public long read(int port, int sizeBytes) {
        return 0;
    }

    @Override
    public void write(int port, int sizeBytes, long value) {
        // Nothing to do.
    }
}
