package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.NonRegisterState;
import dev.trapframe.emulator.api.ProcessorActivity;
import dev.trapframe.emulator.api.TlbEntry;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** A machine's registers and memory at one position; nothing that happens to the machine afterwards shows in it. */
public final class StateView implements MachineView {

    private final MachineState origin;
    private final CpuState cpu = new CpuState();
    private final PhysicalMemory memory;
    private final LinearMemory linear;
    private final NonRegisterState nonRegister;
    private final DeviceState devices;
    private final List<Injection> coming;
    private final int position;

    /**
     * A view of what {@code cpu} and {@code pages} hold now; the bytes of the pages must not change afterwards.
     *
     * @param activity what the processor and the devices hold beside
     * @param position where this is, counted from the machine's start
     */
    public StateView(
            MachineState origin, CpuState cpu, Map<Long, byte[]> pages, ProcessorActivity activity, int position) {
        this(origin, cpu, pages, Activity.of(activity), position);
    }

    StateView(MachineState origin, CpuState cpu, Map<Long, byte[]> pages, Activity activity, int position) {
        this.nonRegister = activity.nonRegister();
        this.devices = activity.devices();
        this.coming = activity.coming();
        this.position = position;
        this.origin = origin;
        this.cpu.copyFrom(cpu);
        this.memory = new PhysicalMemory(origin.ramSizeBytes(), pages);
        this.linear = new LinearMemory(this.cpu, memory, origin.processor());
        nonRegister.tlb().forEach(entry -> linear.replayTlb(entry, true));
    }

    /** For the makers of views, before they hand one out. */
    void apply(Change change) {
        if (change instanceof Change.RegisterChange register) {
            cpu.set(register.register(), register.after());
        } else if (change instanceof Change.MemoryChange write) {
            memory.write(write.physical(), write.linear(), write.sizeBytes(), write.after());
        } else if (change instanceof Change.SystemChange descriptor) {
            cpu.setDescriptor(descriptor.register(), descriptor.after());
        }
    }

    /** Another change of the TLB, for the makers of views. */
    void replayTlb(TlbEntry entry, boolean inserted) {
        linear.replayTlb(entry, inserted);
    }

    CpuState cpu() {
        return cpu;
    }

    @Override
    public synchronized long register(MachineRegister register) {
        return cpu.get(register);
    }

    @Override
    public synchronized Descriptor descriptor(SystemRegister register) {
        return cpu.descriptor(register);
    }

    @Override
    public synchronized byte[] physical(long physical, int sizeBytes) {
        byte[] result = new byte[sizeBytes];
        for (int i = 0; i < sizeBytes; i++) result[i] = (byte) memory.read(physical + i, 1);
        return result;
    }

    @Override
    public synchronized OptionalLong translate(long address) {
        return linear.look(address);
    }

    @Override
    public synchronized Optional<byte[]> linear(long address, int sizeBytes) {
        ByteArrayOutputStream result = new ByteArrayOutputStream(sizeBytes);
        for (long at = address; result.size() < sizeBytes; ) {
            OptionalLong physical = linear.look(at);
            if (physical.isEmpty()) return Optional.empty();
            int inPage = PhysicalMemory.PAGE_SIZE - (int) (at & PhysicalMemory.PAGE_SIZE - 1);
            int count = Math.min(inPage, sizeBytes - result.size());
            result.writeBytes(physical(physical.getAsLong(), count));
            at += count;
        }
        return Optional.of(result.toByteArray());
    }

    @Override
    public synchronized MachineState state() {
        Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
        for (MachineRegister register : MachineRegister.values()) registers.put(register, cpu.get(register));
        Map<SystemRegister, Descriptor> system = new EnumMap<>(SystemRegister.class);
        for (SystemRegister register : SystemRegister.values()) system.put(register, cpu.descriptor(register));
        return new MachineState(
                origin.processor(),
                Collections.unmodifiableMap(registers),
                Collections.unmodifiableMap(system),
                origin.ramSizeBytes(),
                Collections.unmodifiableSortedMap(nonZeroPages()),
                origin.phaseMarkers(),
                remainingInjections(),
                nonRegisterState(),
                devices);
    }

    private List<Injection> remainingInjections() {
        return coming.stream()
                .map(injection -> injection.at(Math.max(0, injection.position() - position)))
                .toList();
    }

    @Override
    public synchronized List<TlbEntry> tlb() {
        return linear.tlb();
    }

    @Override
    public synchronized NonRegisterState nonRegisterState() {
        return nonRegister.with(nonRegister.ticks(), linear.tlb());
    }

    @Override
    public DeviceState devices() {
        return devices;
    }

    private SortedMap<Long, byte[]> nonZeroPages() {
        byte[] zero = new byte[PhysicalMemory.PAGE_SIZE];
        SortedMap<Long, byte[]> result = new TreeMap<>();
        memory.pages().forEach((address, bytes) -> {
            if (!Arrays.equals(bytes, zero)) result.put(address, bytes.clone());
        });
        return result;
    }
}
