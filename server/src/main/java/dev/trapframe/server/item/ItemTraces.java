package dev.trapframe.server.item;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.trapframe.server.slot.Slots;
import dev.trapframe.server.trace.TraceComposer;
import dev.trapframe.server.trace.TraceJson;
import dev.trapframe.server.trace.TraceRun;
import dev.trapframe.server.trace.TraceService;

/** The trace of an item's machine: with what is asked hidden, or whole. Thread-safe. */
public final class ItemTraces {

    private static final int MOST_KEPT = 200;

    private final TraceService traces;
    private final TraceComposer composer;
    private final Cache<String, TraceJson> hidden =
            Caffeine.newBuilder().maximumSize(MOST_KEPT).build();

    public ItemTraces(TraceService traces, TraceComposer composer) {
        this.traces = traces;
        this.composer = composer;
    }

    /** For who has still to answer. */
    public TraceJson hidden(Item item) {
        return hidden.get(item.revision(), revision -> composer.compose(Slots.hide(run(item), item.probes())));
    }

    /** For whose attempt is closed. */
    public TraceJson whole(Item item) {
        return composer.compose(run(item));
    }

    TraceRun run(Item item) {
        return traces.of(item.scenario().recipe());
    }
}
