package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.server.trace.StepJson.MemoryChangeJson;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** One byte that a micro-op stored, whether or not that changed it, and whether it is hidden before and after. */
final class StoredByte {

    private static final int MAX_RUN = 8;

    private final long linear;
    private final long physical;
    private final int before;
    private final int after;
    private final boolean changed;
    private final boolean hiddenBefore;
    private boolean hiddenAfter;

    private StoredByte(long linear, long physical, int before, int after, boolean changed, boolean hidden) {
        this.linear = linear;
        this.physical = physical;
        this.before = before;
        this.after = after;
        this.changed = changed;
        this.hiddenBefore = hidden;
        this.hiddenAfter = hidden;
    }

    /** The bytes that a micro-op stored, in the order of their addresses. Those of page walks have no linear address. */
    static List<StoredByte> of(MicroStep micro, TaintedMachine machine, int position) {
        SortedMap<Long, StoredByte> bytes = new TreeMap<>(Long::compareUnsigned);
        for (Change change : micro.changes()) {
            if (!(change instanceof Change.MemoryChange memory) || memory.linear() == -1) continue;
            for (int i = 0; i < memory.sizeBytes(); i++) {
                long physical = memory.physical() + i;
                StoredByte earlier = bytes.get(memory.linear() + i);
                int before = earlier == null ? byteAt(memory.before(), i) : earlier.before;
                boolean hidden = machine.taint().memoryByte(physical);
                StoredByte stored =
                        new StoredByte(memory.linear() + i, physical, before, byteAt(memory.after(), i), true, hidden);
                bytes.put(stored.linear, stored);
            }
        }
        if (micro.op() instanceof MicroOp.Pushed op) addUnchanged(bytes, op.linear(), 8, op.value(), machine, position);
        if (micro.op() instanceof MicroOp.MemoryWritten op) {
            addUnchanged(bytes, op.linear(), op.sizeBytes(), op.value(), machine, position);
        }
        return List.copyOf(bytes.values());
    }

    private static void addUnchanged(
            SortedMap<Long, StoredByte> bytes,
            long linear,
            int sizeBytes,
            long value,
            TaintedMachine machine,
            int position) {
        for (int i = 0; i < sizeBytes; i++) {
            if (bytes.containsKey(linear + i)) continue;
            long physical = machine.physical(linear + i, position);
            int same = byteAt(value, i);
            boolean hidden = machine.taint().memoryByte(physical);
            bytes.put(linear + i, new StoredByte(linear + i, physical, same, same, false, hidden));
        }
    }

    long linear() {
        return linear;
    }

    void hide(boolean hidden) {
        hiddenAfter = hidden;
    }

    /** True if a byte is hidden before or after. */
    static boolean anyHidden(List<StoredByte> bytes) {
        return bytes.stream().anyMatch(stored -> stored.hiddenBefore || stored.hiddenAfter);
    }

    /** Notes what is hidden from now on, and says what may be sent: neighbours of the same kind in one change. */
    static List<MemoryChangeJson> changes(List<StoredByte> bytes, TaintedMachine machine) {
        List<MemoryChangeJson> changes = new ArrayList<>();
        for (StoredByte stored : bytes) machine.taint().setByte(stored.physical, stored.hiddenAfter);
        for (int start = 0; start < bytes.size(); ) {
            int end = start + 1;
            while (end < bytes.size() && end - start < MAX_RUN && bytes.get(end).continues(bytes.get(end - 1))) end++;
            List<StoredByte> run = bytes.subList(start, end);
            if (run.stream().anyMatch(StoredByte::isWorthSending)) changes.add(change(run));
            start = end;
        }
        return changes;
    }

    private boolean continues(StoredByte previous) {
        return linear == previous.linear + 1
                && hiddenBefore == previous.hiddenBefore
                && hiddenAfter == previous.hiddenAfter;
    }

    /** A hidden byte is sent whether it changed or not: leaving it out would say that it is what it was. */
    private boolean isWorthSending() {
        return changed || hiddenBefore || hiddenAfter;
    }

    private static MemoryChangeJson change(List<StoredByte> run) {
        StoredByte first = run.get(0);
        long before = 0;
        long after = 0;
        for (int i = run.size() - 1; i >= 0; i--) {
            before = before << 8 | run.get(i).before;
            after = after << 8 | run.get(i).after;
        }
        return new MemoryChangeJson(
                HexJson.of(first.linear),
                run.size(),
                first.hiddenBefore ? HexJson.HIDDEN : HexJson.of(before),
                first.hiddenAfter ? HexJson.HIDDEN : HexJson.of(after));
    }

    private static int byteAt(long value, int index) {
        return (int) (value >>> 8 * index) & 0xff;
    }
}
