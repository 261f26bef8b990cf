package dev.trapframe.emulator.api;

import java.util.List;

/**
 * What the devices of a machine hold.
 *
 * @param attached         false for a machine without devices: its APIC page takes writes and reads 0, no port answers, and
 *                         interrupts come from {@link MachineState#injections()} alone
 * @param localApic        the local APIC
 * @param serial           the serial port at 0x3f8
 * @param controllers      the two 8259 interrupt controllers
 * @param configuration    where the configuration ports 0x510 and 0x511 stand
 * @param scratch          the four bytes of ports 0xe0 to 0xe3
 * @param unansweredPorts  accesses to ports that nobody listens to, each once, in the order they came
 */
public record DeviceState(
        boolean attached,
        LocalApicState localApic,
        SerialState serial,
        InterruptControllersState controllers,
        ConfigurationPortState configuration,
        long scratch,
        List<PortAccess> unansweredPorts) {

    /** A machine without devices. */
    public static final DeviceState NONE = new DeviceState(
            false,
            LocalApicState.RESET,
            SerialState.INITIAL,
            InterruptControllersState.INITIAL,
            ConfigurationPortState.INITIAL,
            0,
            List.of());

    /** The devices of a PC as far as we have them, as firmware leaves them. */
    public static final DeviceState PC = new DeviceState(
            true,
            LocalApicState.ENABLED,
            SerialState.INITIAL,
            InterruptControllersState.INITIAL,
            ConfigurationPortState.INITIAL,
            0,
            List.of());

    public DeviceState {
        unansweredPorts = List.copyOf(unansweredPorts);
    }

    /** A port that was read or written, or both at different times. */
    public record PortAccess(int port, boolean write) {}

    /**
     * The 8259 pair. Nothing is wired to its inputs; it keeps what software writes.
     *
     * @param masterMask    IMR of the first, port 0x21
     * @param slaveMask     IMR of the second, port 0xa1
     * @param masterAwaited initialisation words that the first still expects at port 0x21
     * @param slaveAwaited  initialisation words that the second still expects at port 0xa1
     */
    public record InterruptControllersState(int masterMask, int slaveMask, int masterAwaited, int slaveAwaited) {

        /** Everything masked. */
        public static final InterruptControllersState INITIAL = new InterruptControllersState(0xff, 0xff, 0, 0);
    }

    /**
     * The configuration ports.
     *
     * @param key    last written to port 0x510
     * @param offset of the byte that port 0x511 gives next
     */
    public record ConfigurationPortState(int key, int offset) {

        public static final ConfigurationPortState INITIAL = new ConfigurationPortState(0, 0);
    }
}
