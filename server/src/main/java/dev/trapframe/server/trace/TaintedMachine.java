package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.server.trace.Origin.MemoryTarget;
import dev.trapframe.server.trace.Origin.RegisterTarget;
import java.util.EnumMap;
import java.util.Map;

/** The machine's register values and what of it holds something hidden, while a trace is followed. */
final class TaintedMachine {

    private final TraceView trace;
    private static final long PAGE_BYTES = 4096;

    private final Taint taint = new Taint();
    private final Map<MachineRegister, Long> values = new EnumMap<>(MachineRegister.class);
    private int viewed = -1;
    private MachineView view;

    TaintedMachine(TraceView trace) {
        this.trace = trace;
        this.view = trace.at(0);
        for (MachineRegister register : MachineRegister.values()) values.put(register, view.register(register));
    }

    Taint taint() {
        return taint;
    }

    long value(MachineRegister register) {
        return values.get(register);
    }

    void setValue(MachineRegister register, long value) {
        values.put(register, value);
    }

    /** True if one of the bytes at a linear address holds something hidden; {@code position} says whose page tables count. */
    boolean hidesMemory(long linear, int sizeBytes, int position) {
        if (taint.isEmpty()) return false;
        for (int i = 0; i < sizeBytes; i++) if (taint.memoryByte(physical(linear + i, position))) return true;
        return false;
    }

    /** True if a linear address leads to the registers of the local APIC. */
    boolean isDevice(long linear, int position) {
        long page = physical(linear, position) & -PAGE_BYTES;
        return view.devices().attached() && page == (view.register(MachineRegister.APIC_BASE) & -PAGE_BYTES);
    }

    /** Marks what an origin wrote. */
    void hide(Origin.Target target, int position) {
        if (target instanceof RegisterTarget register) taint.setRegister(register.register(), true);
        if (target instanceof MemoryTarget memory) {
            for (int i = 0; i < memory.sizeBytes(); i++) taint.setByte(physical(memory.linear() + i, position), true);
        }
    }

    /** Two linear addresses may name one byte: bytes are told apart by where they are in physical memory. */
    long physical(long linear, int position) {
        if (viewed != position) {
            view = trace.at(position);
            viewed = position;
        }
        return view.translate(linear).orElse(linear);
    }
}
