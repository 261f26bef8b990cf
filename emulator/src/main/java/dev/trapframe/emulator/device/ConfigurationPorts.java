package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.DeviceState.ConfigurationPortState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Where a machine tells its programs what it has: a key goes to port 0x510 (16 bits), the bytes of the answer come from port
 * 0x511 one after the other, and zeros behind them and for unknown keys. The same keys as QEMU's firmware configuration device
 * has, which test kernels ask for the number of processors and the size of memory.
 *
 * <p>Source: QEMU 7.2, docs/specs/fw_cfg.
 */
final class ConfigurationPorts implements PortDevice {

    private static final int SELECTOR = 0x510;
    private static final int DATA = 0x511;

    private static final int KEY_SIGNATURE = 0x00;
    /** Which interfaces there are: bit 0, the ports. */
    private static final int KEY_INTERFACES = 0x01;

    private static final int KEY_RAM_SIZE = 0x03;
    private static final int KEY_PROCESSORS = 0x05;
    private static final int KEY_MOST_PROCESSORS = 0x0f;

    private final long ramSizeBytes;
    private int key;
    private int offset;
    private long stamp;

    ConfigurationPorts(long ramSizeBytes, ConfigurationPortState state) {
        this.ramSizeBytes = ramSizeBytes;
        this.key = state.key();
        this.offset = state.offset();
    }

    ConfigurationPortState state() {
        return new ConfigurationPortState(key, offset);
    }

    long stamp() {
        return stamp;
    }

    @Override
    public boolean has(int port) {
        return port == SELECTOR || port == DATA;
    }

    @Override
    public int widthBytes() {
        return 2;
    }

    @Override
    public long read(int port, int sizeBytes) {
        if (port == SELECTOR) return 0;
        long value = 0;
        for (int i = 0; i < sizeBytes; i++) value |= (long) next() << Byte.SIZE * i;
        return value;
    }

    private int next() {
        byte[] answer = answer();
        int value = offset < answer.length ? answer[offset] & 0xff : 0;
        if (offset < answer.length) offset++;
        stamp++;
        return value;
    }

    private byte[] answer() {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        switch (key) {
            case KEY_SIGNATURE -> bytes.put("QEMU".getBytes(StandardCharsets.US_ASCII));
            case KEY_INTERFACES -> bytes.putInt(1);
            case KEY_RAM_SIZE -> bytes.putLong(ramSizeBytes);
            case KEY_PROCESSORS, KEY_MOST_PROCESSORS -> bytes.putShort((short) 1);
            default -> {
                // Unknown: zeros.
            }
        }
        return bytes.array();
    }

    @Override
    public void write(int port, int sizeBytes, long value) {
        if (port != SELECTOR) return;
        key = (int) value & 0xffff;
        offset = 0;
        stamp++;
    }
}
