package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineRegister;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

/** What holds something hidden at one moment: bytes of memory, by physical address, and registers; RFLAGS by its bits. */
final class Taint {

    /** CF, PF, AF, ZF, SF, OF. Source: Intel SDM Vol. 1, "Status Flags". */
    static final long STATUS_FLAGS = 0x8d5;

    static final long INTERRUPT_FLAG = 0x200;
    static final long ALL_FLAGS = -1L;

    private final Set<Long> bytes = new HashSet<>();
    private final EnumSet<MachineRegister> registers = EnumSet.noneOf(MachineRegister.class);
    private long flags;

    boolean isEmpty() {
        return bytes.isEmpty() && registers.isEmpty();
    }

    boolean register(MachineRegister register) {
        return registers.contains(register);
    }

    boolean anyRegister(Set<MachineRegister> asked) {
        for (MachineRegister register : asked) if (registers.contains(register)) return true;
        return false;
    }

    Set<MachineRegister> registers() {
        return EnumSet.copyOf(registers);
    }

    void setRegister(MachineRegister register, boolean hidden) {
        if (register == MachineRegister.RFLAGS) setFlags(hidden ? ALL_FLAGS : 0);
        else if (hidden) registers.add(register);
        else registers.remove(register);
    }

    long flags() {
        return flags;
    }

    void setFlags(long mask) {
        flags = mask;
        if (mask != 0) registers.add(MachineRegister.RFLAGS);
        else registers.remove(MachineRegister.RFLAGS);
    }

    boolean memoryByte(long physical) {
        return bytes.contains(physical);
    }

    void setByte(long physical, boolean hidden) {
        if (hidden) bytes.add(physical);
        else bytes.remove(physical);
    }
}
