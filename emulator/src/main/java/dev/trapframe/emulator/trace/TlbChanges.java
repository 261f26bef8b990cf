package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.TlbEntry;
import java.util.ArrayList;
import java.util.List;

/** Translations that came into the TLB or left it, by step. Most steps change none. */
final class TlbChanges {

    private final GrowingInts steps = new GrowingInts();
    private final List<Change> changes = new ArrayList<>();

    private record Change(TlbEntry entry, boolean inserted) {}

    void add(int step, TlbEntry entry, boolean inserted) {
        steps.add(step);
        changes.add(new Change(entry, inserted));
    }

    /** Puts the changes of the steps from {@code from} up to but without {@code to} into a view. */
    void replay(int from, int to, StateView view) {
        for (int i = firstOf(from); i < changes.size() && steps.get(i) < to; i++) {
            view.replayTlb(changes.get(i).entry(), changes.get(i).inserted());
        }
    }

    private int firstOf(int step) {
        int low = 0;
        int high = changes.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (steps.get(middle) < step) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
