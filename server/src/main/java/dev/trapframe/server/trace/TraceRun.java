package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.server.scenario.LibraryProgram;
import dev.trapframe.server.scenario.Recipe;

/**
 * A recipe that has been run.
 *
 * @param recipeId 64 hex digits
 * @param revision of the emulator that ran it
 */
public record TraceRun(String recipeId, Recipe recipe, LibraryProgram program, TraceView trace, int revision) {}
