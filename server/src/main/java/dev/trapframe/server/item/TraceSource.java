package dev.trapframe.server.item;

import dev.trapframe.server.scenario.Recipe;
import dev.trapframe.server.trace.HiddenTrace;
import dev.trapframe.server.trace.TraceJson;
import dev.trapframe.server.trace.TraceRun;

/** Runs recipes and says how traces look as JSON. */
public interface TraceSource {

    TraceRun run(Recipe recipe);

    TraceJson json(TraceRun run);

    TraceJson json(HiddenTrace trace);
}
