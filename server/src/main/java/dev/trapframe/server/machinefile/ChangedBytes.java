package dev.trapframe.server.machinefile;

import dev.trapframe.emulator.api.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The bytes of physical memory whose value a step changed.
 *
 * @param written          by the instruction and by event delivery
 * @param accessedAndDirty by the page walk
 */
record ChangedBytes(List<Run> written, List<Run> accessedAndDirty) {

    /** A page walk's own writes name no linear address. */
    private static final long NO_LINEAR_ADDRESS = -1;

    /**
     * Adjacent bytes.
     *
     * @param physical address of the first
     * @param before   as long as {@code after}
     */
    record Run(long physical, byte[] before, byte[] after) {}

    static ChangedBytes of(List<Change> changes) {
        SortedMap<Long, byte[]> written = new TreeMap<>();
        SortedMap<Long, byte[]> walked = new TreeMap<>();
        for (Change change : changes) {
            if (!(change instanceof Change.MemoryChange memory)) continue;
            collect(memory, memory.linear() == NO_LINEAR_ADDRESS ? walked : written);
        }
        return new ChangedBytes(runs(written), runs(walked));
    }

    /** A byte that is written twice keeps what was there before the first write. */
    private static void collect(Change.MemoryChange memory, SortedMap<Long, byte[]> bytes) {
        for (int i = 0; i < memory.sizeBytes(); i++) {
            byte after = (byte) (memory.after() >>> Byte.SIZE * i);
            byte[] known = bytes.get(memory.physical() + i);
            if (known != null) known[1] = after;
            else bytes.put(memory.physical() + i, new byte[] {(byte) (memory.before() >>> Byte.SIZE * i), after});
        }
    }

    private static List<Run> runs(SortedMap<Long, byte[]> bytes) {
        bytes.values().removeIf(pair -> pair[0] == pair[1]);
        List<Run> runs = new ArrayList<>();
        List<byte[]> open = new ArrayList<>();
        long first = 0;
        for (Map.Entry<Long, byte[]> entry : bytes.entrySet()) {
            if (!open.isEmpty() && entry.getKey() != first + open.size()) {
                runs.add(run(first, open));
                open.clear();
            }
            if (open.isEmpty()) first = entry.getKey();
            open.add(entry.getValue());
        }
        if (!open.isEmpty()) runs.add(run(first, open));
        return runs;
    }

    private static Run run(long first, List<byte[]> pairs) {
        byte[] before = new byte[pairs.size()];
        byte[] after = new byte[pairs.size()];
        for (int i = 0; i < pairs.size(); i++) {
            before[i] = pairs.get(i)[0];
            after[i] = pairs.get(i)[1];
        }
        return new Run(first, before, after);
    }
}
