package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.device.Devices;
import dev.trapframe.emulator.execute.LocalApicAccess;
import dev.trapframe.emulator.memory.LinearMemory;

/** The local APIC as instructions reach it. Its page may move or go, so that what is cached of memory is dropped then. */
final class ApicAccess implements LocalApicAccess {

    private final Devices devices;
    private final LinearMemory memory;

    ApicAccess(Devices devices, LinearMemory memory) {
        this.devices = devices;
        this.memory = memory;
    }

    @Override
    public boolean isAttached() {
        return devices.localApic().isAttached();
    }

    @Override
    public void baseChanged(long before) {
        devices.localApic().baseChanged(before);
        memory.switchContext();
    }

    @Override
    public void taskPriorityLoaded() {
        devices.localApic().taskPriorityLoaded();
    }

    @Override
    public long read(int msr) {
        return devices.x2ApicRegisters().read(msr);
    }

    @Override
    public void write(int msr, long value) {
        devices.x2ApicRegisters().write(msr, value);
    }

    @Override
    public long deadline() {
        return devices.localApic().deadline();
    }

    @Override
    public void setDeadline(long value, long ticksAtValue) {
        devices.localApic().setDeadline(value, ticksAtValue);
    }
}
