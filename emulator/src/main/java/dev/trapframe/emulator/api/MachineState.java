package dev.trapframe.emulator.api;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Everything a machine is, as data.
 *
 * @param processor    the model: which MSRs and which bits of control registers exist
 * @param registers    values of registers; those that are missing are 0 (DR6 {@code 0xffff0ff0}, DR7 {@code 0x400},
 *                     FCW {@code 0x37f}, MXCSR {@code 0x1f80}, XCR0 1, MISC_ENABLE {@code 0x40001})
 * @param system       hidden parts of segment registers and the descriptor-table registers
 * @param ramSizeBytes physical memory goes from 0 to here; beyond it reads give ones and writes are lost
 * @param pages        physical page address to its 4,096 bytes; pages not listed are zero
 * @param phaseMarkers linear address to the phase of the code from there on, up to the next marker
 * @param injections   asynchronous events that come with the state
 * @param nonRegister  halted, blocking, pending events, TLB
 * @param devices      what the devices hold
 */
public record MachineState(
        Processor processor,
        Map<MachineRegister, Long> registers,
        Map<SystemRegister, Descriptor> system,
        long ramSizeBytes,
        SortedMap<Long, byte[]> pages,
        SortedMap<Long, Phase> phaseMarkers,
        List<Injection> injections,
        NonRegisterState nonRegister,
        DeviceState devices) {

    /** A processor that runs, with nothing blocked and nothing pending, and no devices. */
    public MachineState(
            Processor processor,
            Map<MachineRegister, Long> registers,
            Map<SystemRegister, Descriptor> system,
            long ramSizeBytes,
            SortedMap<Long, byte[]> pages,
            SortedMap<Long, Phase> phaseMarkers,
            List<Injection> injections) {
        this(
                processor,
                registers,
                system,
                ramSizeBytes,
                pages,
                phaseMarkers,
                injections,
                NonRegisterState.INITIAL,
                DeviceState.NONE);
    }

    /** A state of our own processor, {@link Processor#TRAPFRAME}. */
    public MachineState(
            Map<MachineRegister, Long> registers,
            Map<SystemRegister, Descriptor> system,
            long ramSizeBytes,
            SortedMap<Long, byte[]> pages,
            SortedMap<Long, Phase> phaseMarkers,
            List<Injection> injections) {
        this(Processor.TRAPFRAME, registers, system, ramSizeBytes, pages, phaseMarkers, injections);
    }

    /** The same with other devices. */
    public MachineState with(DeviceState otherDevices) {
        return new MachineState(
                processor, registers, system, ramSizeBytes, pages, phaseMarkers, injections, nonRegister, otherDevices);
    }

    /** The same with other events from outside. */
    public MachineState with(List<Injection> otherInjections) {
        return new MachineState(
                processor, registers, system, ramSizeBytes, pages, phaseMarkers, otherInjections, nonRegister, devices);
    }
}
