package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.SerialOutput;
import dev.trapframe.emulator.api.SerialState;

/**
 * A 16550 as far as sending goes: what is written is kept, and the line is always ready for more. Nothing is received but
 * in loopback, by which drivers test whether there is a port, and it raises no interrupt.
 *
 * <p>Source: the data sheet of National Semiconductor's PC16550D, "Registers".
 */
final class SerialPort implements PortDevice {

    private static final Range PORTS = new Range(0x3f8, 0x3ff);
    private static final int DIVISOR_ACCESS = 0x80;
    /** THRE and TEMT: holding register and shift register are empty. */
    private static final int LINE_STATUS = 0x60;
    /** A byte waits in RBR. */
    private static final int DATA_READY = 0x01;
    /** MCR: what is sent is received, and the modem's inputs are its outputs. */
    private static final int LOOPBACK = 0x10;
    /** No interrupt pending. */
    private static final int INTERRUPT_IDENTIFICATION = 0x01;
    /** CTS, DSR and DCD: somebody is at the other end. */
    private static final int MODEM_STATUS = 0xb0;

    private SerialOutput output;
    private int interruptEnable;
    private int lineControl;
    private int modemControl;
    private int divisor;
    private int scratch;
    private int received;
    private long stamp;

    SerialPort(SerialState state) {
        output = state.output();
        interruptEnable = state.interruptEnable();
        lineControl = state.lineControl();
        modemControl = state.modemControl();
        divisor = state.divisor();
        scratch = state.scratch();
        received = state.received();
    }

    SerialState state() {
        return new SerialState(output, interruptEnable, lineControl, modemControl, divisor, scratch, received);
    }

    SerialOutput output() {
        return output;
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

    private boolean reachesDivisor() {
        return (lineControl & DIVISOR_ACCESS) != 0;
    }

    @Override
    public long read(int port, int sizeBytes) {
        return switch (port - PORTS.first()) {
            case 0 -> reachesDivisor() ? divisor & 0xff : receive();
            case 1 -> reachesDivisor() ? divisor >>> 8 : interruptEnable;
            case 2 -> INTERRUPT_IDENTIFICATION;
            case 3 -> lineControl;
            case 4 -> modemControl;
            case 5 -> LINE_STATUS | (received == SerialState.NOTHING ? 0 : DATA_READY);
            case 6 -> modemStatus();
            default -> scratch;
        };
    }

    @Override
    public void write(int port, int sizeBytes, long value) {
        int data = (int) value & 0xff;
        stamp++;
        switch (port - PORTS.first()) {
            case 0 -> {
                if (reachesDivisor()) divisor = divisor & 0xff00 | data;
                else send(data);
            }
            case 1 -> {
                if (reachesDivisor()) divisor = data << 8 | divisor & 0xff;
                else interruptEnable = data & 0xf;
            }
            case 3 -> lineControl = data;
            case 4 -> modemControl = data & 0x1f;
            case 7 -> scratch = data;
            default -> {
                // FIFO control and the status registers: nothing to keep.
            }
        }
    }

    private boolean loops() {
        return (modemControl & LOOPBACK) != 0;
    }

    private void send(int data) {
        if (loops()) received = data;
        else output = output.and(data);
    }

    private int receive() {
        if (received == SerialState.NOTHING) return 0;
        int data = received;
        received = SerialState.NOTHING;
        stamp++;
        return data;
    }

    /** In loopback RTS, DTR, OUT1 and OUT2 appear as CTS, DSR, RI and DCD. */
    private int modemStatus() {
        if (!loops()) return MODEM_STATUS;
        int out = modemControl;
        return (out & 0b10) << 3 | (out & 0b1) << 5 | (out & 0b1100) << 4;
    }
}
