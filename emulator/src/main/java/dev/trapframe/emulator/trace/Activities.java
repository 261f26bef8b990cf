package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.NonRegisterState;
import dev.trapframe.emulator.api.ProcessorActivity;
import java.util.ArrayList;
import java.util.List;

/** What the processor held beside its registers at each position: kept where it changed, the ticks at every position. */
final class Activities {

    private final ProcessorActivity activity;
    private final GrowingInts positions = new GrowingInts();
    private final List<Kept> kept = new ArrayList<>();
    private final GrowingInts ticks = new GrowingInts();
    private final long firstTicks;
    private long stamp;

    /** The non-register state without ticks and TLB, and the injections still to come. */
    private record Kept(NonRegisterState state, List<Injection> coming) {}

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
        kept.add(new Kept(activity.nonRegisterState().with(0, List.of()), activity.coming()));
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

    NonRegisterState at(int position) {
        return kept.get(indexAt(position)).state().with(firstTicks + ticks.get(position), List.of());
    }

    List<Injection> comingAt(int position) {
        return kept.get(indexAt(position)).coming();
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
