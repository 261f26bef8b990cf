package dev.trapframe.emulator.device;

import dev.trapframe.emulator.api.DeviceState.PortAccess;
import dev.trapframe.emulator.memory.LittleEndian;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The I/O address space: finds who listens at a port, and cuts accesses that are wider than the device. Where nobody listens,
 * reads give ones, writes are lost, and it is noted once.
 */
final class IoPorts {

    private final List<PortDevice> devices;
    private final Set<PortAccess> unanswered;
    private long stamp;

    IoPorts(List<PortDevice> devices, List<PortAccess> unanswered) {
        this.devices = devices;
        this.unanswered = new LinkedHashSet<>(unanswered);
    }

    List<PortAccess> unanswered() {
        return List.copyOf(unanswered);
    }

    long stamp() {
        return stamp;
    }

    long read(int port, int sizeBytes) {
        PortDevice device = at(port, false);
        if (device == null) return LittleEndian.truncate(-1, sizeBytes);
        int width = Math.min(device.widthBytes(), sizeBytes);
        long value = device.read(port, width);
        if (width == sizeBytes) return value;
        return value | read(port + width & 0xffff, sizeBytes - width) << Byte.SIZE * width;
    }

    void write(int port, int sizeBytes, long value) {
        PortDevice device = at(port, true);
        if (device == null) return;
        int width = Math.min(device.widthBytes(), sizeBytes);
        device.write(port, width, LittleEndian.truncate(value, width));
        if (width < sizeBytes) write(port + width & 0xffff, sizeBytes - width, value >>> Byte.SIZE * width);
    }

    private @Nullable PortDevice at(int port, boolean write) {
        for (PortDevice device : devices) {
            if (device.has(port)) return device;
        }
        if (unanswered.add(new PortAccess(port, write))) stamp++;
        return null;
    }
}
