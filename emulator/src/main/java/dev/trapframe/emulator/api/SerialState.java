package dev.trapframe.emulator.api;

/**
 * What the serial port holds.
 *
 * @param output          everything sent so far
 * @param interruptEnable IER, bits 3 to 0
 * @param lineControl     LCR; bit 7 (DLAB) puts the divisor where data and IER stand
 * @param modemControl    MCR, bits 4 to 0
 * @param divisor         16 bits; it has no effect, for sending takes no time
 * @param scratch         SCR
 * @param received        the byte that waits in RBR, as loopback brings it; {@link #NOTHING} if none
 */
public record SerialState(
        SerialOutput output,
        int interruptEnable,
        int lineControl,
        int modemControl,
        int divisor,
        int scratch,
        int received) {

    /** No byte waits. */
    public static final int NOTHING = -1;

    /** After reset, nothing sent. */
    public static final SerialState INITIAL = new SerialState(SerialOutput.EMPTY, 0, 0, 0, 1, 0, NOTHING);
}
