package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.SerialOutput;
import dev.trapframe.emulator.api.SerialState;

/**
 * A 16550 as far as sending goes: what is written is kept, and the line is always ready for more. Nothing is ever received, and
 * it raises no interrupt.
 *
 * <p>Source: the data sheet of National Semiconductor's PC16550D, "Registers".
 */
final class SerialPort implements PortDevice {

    private static final Range PORTS = new Range(0x3f8, 0x3ff);
    private static final int DIVISOR_ACCESS = 0x80;
    /** THRE and TEMT: holding register and shift register are empty. */
    private static final int LINE_STATUS = 0x60;
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
    private long stamp;

    SerialPort(SerialState state) {
        output = state.output();
        interruptEnable = state.interruptEnable();
        lineControl = state.lineControl();
        modemControl = state.modemControl();
        divisor = state.divisor();
        scratch = state.scratch();
    }

    SerialState state() {
        return new SerialState(output, interruptEnable, lineControl, modemControl, divisor, scratch);
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
            case 0 -> reachesDivisor() ? divisor & 0xff : 0;
            case 1 -> reachesDivisor() ? divisor >>> 8 : interruptEnable;
            case 2 -> INTERRUPT_IDENTIFICATION;
            case 3 -> lineControl;
            case 4 -> modemControl;
            case 5 -> LINE_STATUS;
            case 6 -> MODEM_STATUS;
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
                else output = output.and(data);
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
}
