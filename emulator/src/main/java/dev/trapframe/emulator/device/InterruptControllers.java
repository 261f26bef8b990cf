package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.DeviceState.InterruptControllersState;

/**
 * The two 8259 interrupt controllers of a PC, to whose inputs nothing is wired: they take their initialisation words and keep
 * their masks, and have nothing requested and nothing in service.
 *
 * <p>Source: the data sheet of Intel's 8259A, "Programming the 8259A".
 */
final class InterruptControllers implements PortDevice {

    private static final int INITIALISE = 0x10;
    private static final int NEEDS_FOURTH_WORD = 0x01;
    private static final int SINGLE = 0x02;

    /** One of them. */
    private static final class Controller {
        private final int commandPort;
        private int mask;
        /** Initialisation words that are still to come at the data port. */
        private int awaited;

        Controller(int commandPort, int mask, int awaited) {
            this.commandPort = commandPort;
            this.mask = mask;
            this.awaited = awaited;
        }

        boolean has(int port) {
            return port >>> 1 == commandPort >>> 1;
        }

        long read(int port) {
            return port == commandPort ? 0 : mask;
        }

        void write(int port, int value) {
            if (port == commandPort) {
                if ((value & INITIALISE) == 0) return;
                mask = 0;
                awaited = 1 + ((value & SINGLE) == 0 ? 1 : 0) + (value & NEEDS_FOURTH_WORD);
            } else if (awaited > 0) {
                awaited--;
            } else {
                mask = value & 0xff;
            }
        }
    }

    private final Controller master;
    private final Controller slave;
    private long stamp;

    InterruptControllers(InterruptControllersState state) {
        master = new Controller(0x20, state.masterMask(), state.masterAwaited());
        slave = new Controller(0xa0, state.slaveMask(), state.slaveAwaited());
    }

    InterruptControllersState state() {
        return new InterruptControllersState(master.mask, slave.mask, master.awaited, slave.awaited);
    }

    long stamp() {
        return stamp;
    }

    @Override
    public boolean has(int port) {
        return master.has(port) || slave.has(port);
    }

    @Override
    public int widthBytes() {
        return 1;
    }

    private Controller at(int port) {
        return master.has(port) ? master : slave;
    }

    @Override
    public long read(int port, int sizeBytes) {
        return at(port).read(port);
    }

    @Override
    public void write(int port, int sizeBytes, long value) {
        at(port).write(port, (int) value);
        stamp++;
    }
}
