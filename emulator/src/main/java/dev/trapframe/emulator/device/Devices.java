package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.SerialOutput;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.memory.MmioRegion;
import dev.trapframe.emulator.state.CpuState;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** All devices of a machine, put together. Not thread-safe. */
public final class Devices {

    private final boolean attached;
    private final LocalApic localApic;
    private final LocalApicPage localApicPage;
    private final X2ApicRegisters x2ApicRegisters;
    private final SerialPort serial;
    private final InterruptControllers controllers;
    private final ConfigurationPorts configuration;
    private final ScratchPort scratch;
    private final ExitPort exit = new ExitPort();
    private final IoPorts ports;

    /**
     * @param ramSizeBytes what the configuration ports tell
     * @param ticks        the clock
     * @param nmi          told of each NMI
     */
    public Devices(CpuState cpu, long ramSizeBytes, LongSupplier ticks, Runnable nmi, DeviceState state) {
        attached = state.attached();
        localApic = new LocalApic(cpu, ticks, nmi, attached, state.localApic());
        localApicPage = new LocalApicPage(cpu, localApic);
        x2ApicRegisters = new X2ApicRegisters(localApic);
        serial = new SerialPort(state.serial());
        controllers = new InterruptControllers(state.controllers());
        configuration = new ConfigurationPorts(ramSizeBytes, state.configuration());
        scratch = new ScratchPort(state.scratch());
        List<PortDevice> listening = List.of(serial, exit, controllers, configuration, scratch, new QuietPorts());
        ports = new IoPorts(listening, state.unansweredPorts());
    }

    public DeviceState state() {
        return new DeviceState(
                attached,
                localApic.state(),
                serial.state(),
                controllers.state(),
                configuration.state(),
                scratch.bytes(),
                ports.unanswered());
    }

    /** Changes with everything in {@link #state}. */
    public long stamp() {
        return localApic.stamp()
                + serial.stamp()
                + controllers.stamp()
                + configuration.stamp()
                + scratch.stamp()
                + ports.stamp();
    }

    public LocalApic localApic() {
        return localApic;
    }

    public X2ApicRegisters x2ApicRegisters() {
        return x2ApicRegisters;
    }

    /** What has to be reached through memory. */
    public MmioRegion localApicPage() {
        return localApicPage;
    }

    /** Everything that was sent through the serial port. */
    public SerialOutput serialOutput() {
        return serial.output();
    }

    /** What the last instruction wrote to the exit port, once. */
    public OptionalLong takeExitCode() {
        return exit.takeCode();
    }

    /** Reads 1, 2 or 4 bytes of an I/O port; ones where nobody listens. */
    public long readPort(int port, int sizeBytes) {
        return attached ? ports.read(port, sizeBytes) : LittleEndian.truncate(-1, sizeBytes);
    }

    /** Writes 1, 2 or 4 bytes to an I/O port; lost where nobody listens. */
    public void writePort(int port, int sizeBytes, long value) {
        if (attached) ports.write(port, sizeBytes, value);
    }
}
