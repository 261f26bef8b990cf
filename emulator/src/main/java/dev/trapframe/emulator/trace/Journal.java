package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.ChangeSink;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.TlbEntry;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the changes of a run, packed: a step that changes two registers takes some twenty bytes.
 *
 * <p>Changes are gathered until a micro-op is noted, which then owns them: several changes of one register become one,
 * and those that leave it as it was vanish. A read or a write in the middle of an instruction owns memory changes only;
 * what the instruction did to registers by then waits for its last micro-op. Not thread-safe.
 */
public final class Journal implements ChangeSink {

    private final PackedChanges packed = new PackedChanges();
    private final TlbChanges tlbChanges = new TlbChanges();
    private final boolean keepsMicroOps;
    private final ArrayList<MicroOp> microOps = new ArrayList<>();
    private final GrowingInts changesBefore = new GrowingInts();
    private final GrowingInts microOpsBefore = new GrowingInts();
    private final GrowingInts stepStarts = new GrowingInts();

    private final PendingRegisters registers = new PendingRegisters();
    private final List<Change.MemoryChange> memory = new ArrayList<>();
    private final List<Change.SystemChange> system = new ArrayList<>();

    /**
     * @param keepsMicroOps false to record changes alone, a step's in one piece
     */
    public Journal(boolean keepsMicroOps) {
        this.keepsMicroOps = keepsMicroOps;
        stepStarts.add(0);
        microOpsBefore.add(0);
    }

    @Override
    public void registerChanged(MachineRegister register, long before, long after) {
        registers.changed(register, before, after);
    }

    @Override
    public void memoryChanged(long physical, long linear, int sizeBytes, long before, long after) {
        if (keepsMicroOps) {
            if (before != after) memory.add(new Change.MemoryChange(physical, linear, sizeBytes, before, after));
        } else if (before != after) {
            packed.addMemory(physical, linear, sizeBytes, before, after);
        }
    }

    @Override
    public void systemChanged(SystemRegister register, Descriptor before, Descriptor after) {
        for (int i = 0; i < system.size(); i++) {
            Change.SystemChange earlier = system.get(i);
            if (earlier.register() != register) continue;
            system.set(i, new Change.SystemChange(register, earlier.before(), after));
            return;
        }
        system.add(new Change.SystemChange(register, before, after));
    }

    @Override
    public void tlbChanged(TlbEntry entry, boolean inserted) {
        tlbChanges.add(stepCount(), entry, inserted);
    }

    TlbChanges tlbChanges() {
        return tlbChanges;
    }

    @Override
    public boolean wantsMicroOps() {
        return keepsMicroOps;
    }

    @Override
    public void note(MicroOp op) {
        if (!keepsMicroOps) return;
        packMemory();
        if (!isAccess(op)) packRegisters();
        microOps.add(op);
        changesBefore.add(packed.sizeBytes());
    }

    private static boolean isAccess(MicroOp op) {
        return op instanceof MicroOp.MemoryRead
                || op instanceof MicroOp.MemoryWritten
                || op instanceof MicroOp.PortRead
                || op instanceof MicroOp.PortWritten
                || op instanceof MicroOp.InstructionFetched;
    }

    /** Ends the step: what is still pending belongs to its last micro-op. */
    void endStep() {
        packMemory();
        packRegisters();
        if (keepsMicroOps && microOps.size() > microOpsBefore.last()) changesBefore.replaceLast(packed.sizeBytes());
        stepStarts.add(packed.sizeBytes());
        microOpsBefore.add(microOps.size());
    }

    /** Gives back what is not used: nothing may be recorded afterwards. */
    void trim() {
        packed.trim();
        microOps.trimToSize();
        changesBefore.trim();
        microOpsBefore.trim();
        stepStarts.trim();
    }

    private void packMemory() {
        for (int i = 0; i < memory.size(); i++) {
            Change.MemoryChange change = memory.get(i);
            packed.addMemory(change.physical(), change.linear(), change.sizeBytes(), change.before(), change.after());
        }
        memory.clear();
    }

    private void packRegisters() {
        registers.packInto(packed);
        for (int i = 0; i < system.size(); i++) {
            Change.SystemChange change = system.get(i);
            if (!change.before().equals(change.after())) packed.addSystem(change);
        }
        system.clear();
    }

    int stepCount() {
        return stepStarts.size() - 1;
    }

    /** Bytes that the packed changes take. */
    public int sizeBytes() {
        return packed.sizeBytes();
    }

    /** Index of the step's first micro-op among those of the run. */
    int firstMicroOp(int step) {
        return microOpsBefore.get(step);
    }

    MicroOp microOp(int index) {
        return microOps.get(index);
    }

    /** The changes that a micro-op owns. */
    List<Change> changesOfMicroOp(int index) {
        int from = index == 0 ? 0 : changesBefore.get(index - 1);
        return packed.read(from, changesBefore.get(index));
    }

    /** All changes of a step, in order. */
    List<Change> changesOfStep(int step) {
        return packed.read(stepStarts.get(step), stepStarts.get(step + 1));
    }
}
