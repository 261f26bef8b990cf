package dev.trapframe.server.item;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.trapframe.server.slot.Slots;
import dev.trapframe.server.trace.TraceJson;
import dev.trapframe.server.trace.TraceRun;

/** The trace of an item's machine: with what is asked hidden, or whole. Thread-safe. */
public final class ItemTraces {

    private static final int MOST_KEPT = 200;

    private final TraceSource traces;
    private final Cache<String, TraceJson> hidden =
            Caffeine.newBuilder().maximumSize(MOST_KEPT).build();

    public ItemTraces(TraceSource traces) {
        this.traces = traces;
    }

    /** For who has still to answer. */
    public TraceJson hidden(Item item) {
        return hidden.get(item.revision(), revision -> traces.json(Slots.hide(run(item), item.probes())));
    }

    /** For whose attempt is closed. */
    public TraceJson whole(Item item) {
        return traces.json(run(item));
    }

    TraceRun run(Item item) {
        return traces.run(item.scenario().recipe());
    }
}
