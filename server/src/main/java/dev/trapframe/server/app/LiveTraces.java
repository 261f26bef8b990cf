package dev.trapframe.server.app;

import dev.trapframe.server.item.TraceSource;
import dev.trapframe.server.scenario.Recipe;
import dev.trapframe.server.trace.HiddenTrace;
import dev.trapframe.server.trace.TraceJson;
import dev.trapframe.server.trace.TraceRun;

/** Traces of the programs as they are now. */
record LiveTraces(Content content) implements TraceSource {

    @Override
    public TraceRun run(Recipe recipe) {
        return content.current().machines().traces().run(recipe);
    }

    @Override
    public TraceJson json(TraceRun run) {
        return content.current().machines().traces().json(run);
    }

    @Override
    public TraceJson json(HiddenTrace trace) {
        return content.current().machines().traces().json(trace);
    }
}
