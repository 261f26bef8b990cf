package dev.trapframe.emulator.device;

import java.util.OptionalLong;

/** Port 0xf4: a write ends the run, and what was written is its exit value. */
final class ExitPort implements PortDevice {

    private static final Range PORTS = new Range(0xf4, 0xf7);

    private OptionalLong code = OptionalLong.empty();

    /** What was written, once. */
    OptionalLong takeCode() {
        OptionalLong taken = code;
        code = OptionalLong.empty();
        return taken;
    }

    @Override
    public boolean has(int port) {
        return PORTS.contains(port);
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
        code = OptionalLong.of(value);
    }
}
