package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.TraceView.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * For each aligned quadword that was written, by linear address: which micro-ops wrote into it. A store that changed
 * nothing counts.
 */
final class WriteHistory {

    private static final int WORD_SHIFT = 3;

    /**
     * @param microOp among those of the run
     */
    private record Entry(long linear, int sizeBytes, int step, int microOp) {

        boolean covers(long address) {
            return address - linear >= 0 && address - linear < sizeBytes;
        }
    }

    private final Journal journal;
    private final Map<Long, List<Entry>> byWord = new HashMap<>();

    private WriteHistory(Journal journal) {
        this.journal = journal;
    }

    static WriteHistory of(Journal journal) {
        WriteHistory history = new WriteHistory(journal);
        for (int step = 0; step < journal.stepCount(); step++) {
            for (int i = journal.firstMicroOp(step); i < journal.firstMicroOp(step + 1); i++) history.add(step, i);
        }
        return history;
    }

    private void add(int step, int microOp) {
        MicroOp op = journal.microOp(microOp);
        if (op instanceof MicroOp.MemoryWritten written) {
            add(new Entry(written.linear(), written.sizeBytes(), step, microOp));
        } else if (op instanceof MicroOp.Pushed pushed) {
            add(new Entry(pushed.linear(), Long.BYTES, step, microOp));
        } else {
            addChanges(step, microOp);
        }
    }

    private void addChanges(int step, int microOp) {
        for (Change change : journal.changesOfMicroOp(microOp)) {
            if (change instanceof Change.MemoryChange memory && memory.linear() != -1) {
                add(new Entry(memory.linear(), memory.sizeBytes(), step, microOp));
            }
        }
    }

    private void add(Entry entry) {
        long first = entry.linear() >>> WORD_SHIFT;
        long last = entry.linear() + entry.sizeBytes() - 1 >>> WORD_SHIFT;
        for (long word = first; word <= last; word++)
            byWord.computeIfAbsent(word, w -> new ArrayList<>()).add(entry);
    }

    Optional<Write> lastWrite(long linear, int position) {
        List<Entry> entries = byWord.getOrDefault(linear >>> WORD_SHIFT, List.of());
        for (int i = firstAtOrAfter(entries, position) - 1; i >= 0; i--) {
            Entry entry = entries.get(i);
            if (!entry.covers(linear)) continue;
            return Optional.of(new Write(entry.step(), entry.microOp() - journal.firstMicroOp(entry.step())));
        }
        return Optional.empty();
    }

    /** Index of the first entry of a step that is not before the position. */
    private static int firstAtOrAfter(List<Entry> entries, int position) {
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = low + high >>> 1;
            if (entries.get(middle).step() < position) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
