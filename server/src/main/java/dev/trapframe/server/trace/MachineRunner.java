package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.server.scenario.LibraryProgram;
import dev.trapframe.server.scenario.Recipe;

/** Puts a machine around a program and records what it does. */
@FunctionalInterface
public interface MachineRunner {

    /**
     * Runs a recipe.
     *
     * @param program the program that the recipe names
     * @param limits  where the run stops at the latest
     */
    TraceView run(LibraryProgram program, Recipe recipe, Limits limits);
}
