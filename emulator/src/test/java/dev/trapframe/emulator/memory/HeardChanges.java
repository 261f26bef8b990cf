package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.TestMachine;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.ChangeSink;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.TlbEntry;
import java.util.ArrayList;
import java.util.List;

/** Keeps what memory and the TLB tell of their changes, as lines of text. */
final class HeardChanges implements ChangeSink {

    private final List<String> lines = new ArrayList<>();

    /** Listens to a machine from now on. */
    static HeardChanges of(TestMachine machine) {
        HeardChanges heard = new HeardChanges();
        machine.cpu().setSink(heard);
        machine.physicalMemory().setSink(heard);
        return heard;
    }

    /** What was heard since this was asked last. */
    List<String> take() {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }

    @Override
    public void memoryChanged(long physical, long linear, int sizeBytes, long before, long after) {
        lines.add(String.format("%x of %x, %d bytes: %x to %x", physical, linear, sizeBytes, before, after));
    }

    @Override
    public void tlbChanged(TlbEntry entry, boolean inserted) {
        lines.add(String.format("%s %x%s", inserted ? "in" : "out", entry.linear(), entry.dirty() ? " dirty" : ""));
    }

    @Override
    public void registerChanged(MachineRegister register, long before, long after) {}

    @Override
    public void systemChanged(SystemRegister register, Descriptor before, Descriptor after) {}

    @Override
    public boolean wantsMicroOps() {
        return false;
    }

    @Override
    public void note(MicroOp op) {}
}
