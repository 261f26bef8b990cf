package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.ProcessorActivity;
import java.util.ArrayList;
import java.util.List;

/** What the machine held beside registers and memory at each position: kept where it changed, the ticks at every position. */
final class Activities {

    private final ProcessorActivity activity;
    private final GrowingInts positions = new GrowingInts();
    /** Without ticks and TLB. */
    private final List<Activity> kept = new ArrayList<>();

    private final GrowingInts ticks = new GrowingInts();
    private final long firstTicks;
    private long stamp;

    /** Keeps what there is now as that of position 0. */
    Activities(ProcessorActivity activity) {
        this.activity = activity;
        this.firstTicks = activity.ticks();
        this.stamp = activity.stamp();
        keep();
        ticks.add(0);
    }

    private void keep() {
        positions.add(ticks.size());
        kept.add(Activity.of(activity).with(0, List.of()));
    }

    /** To be called after each step. */
    void stepEnded() {
        if (activity.stamp() != stamp) {
            stamp = activity.stamp();
            keep();
        }
        ticks.add((int) (activity.ticks() - firstTicks));
    }

    /** Gives back what is not used. */
    void trim() {
        positions.trim();
        ticks.trim();
    }

    /** Without the TLB. */
    Activity at(int position) {
        return kept.get(indexAt(position)).with(firstTicks + ticks.get(position), List.of());
    }

    private int indexAt(int position) {
        int low = 0;
        int high = kept.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (positions.get(middle) <= position) low = middle;
            else high = middle - 1;
        }
        return low;
    }
}
