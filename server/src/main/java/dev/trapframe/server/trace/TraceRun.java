package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.overlay.Overlay;
import dev.trapframe.server.scenario.LibraryProgram;
import dev.trapframe.server.scenario.Recipe;
import java.util.List;

/**
 * A recipe that has been run. Immutable and safe to share between threads.
 *
 * @param recipeId 64 hex digits
 * @param overlays in the order of the recipe's
 * @param revision of the emulator that ran it
 */
public record TraceRun(
        String recipeId, Recipe recipe, LibraryProgram program, List<Overlay> overlays, TraceView trace, int revision) {

    public TraceRun {
        overlays = List.copyOf(overlays);
    }
}
