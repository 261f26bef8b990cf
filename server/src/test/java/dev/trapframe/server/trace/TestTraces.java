package dev.trapframe.server.trace;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineOptions;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.load.DefaultMachine;
import dev.trapframe.server.scenario.GnuToolchain;
import dev.trapframe.server.scenario.LibraryProgram;
import dev.trapframe.server.scenario.ProgramLibrary;
import dev.trapframe.server.scenario.Recipe;
import dev.trapframe.server.scenario.RecipeReader;
import dev.trapframe.server.scenario.StructLibrary;
import java.nio.file.Path;

/** The programs of {@code lessons/programs} on the real emulator. */
public final class TestTraces {

    public static final Path PROGRAMS = Path.of("..", "lessons", "programs");
    public static final GnuToolchain TOOLS = new GnuToolchain();
    public static final StructLibrary STRUCTS = StructLibrary.read(PROGRAMS);
    public static final TraceComposer COMPOSER = new TraceComposer(TOOLS);

    private TestTraces() {}

    /** Runs a recipe of a program in {@code lessons/programs}. */
    public static TraceRun run(String recipe) {
        return run(PROGRAMS, recipe);
    }

    /** Runs a recipe of a program in a folder. */
    public static TraceRun run(Path programs, String recipe) {
        ProgramLibrary library = new ProgramLibrary(programs, TOOLS);
        Recipe read = new RecipeReader(library, STRUCTS.names()).read(recipe);
        try (TraceService service = service(library)) {
            return service.of(read);
        }
    }

    public static TraceService service(ProgramLibrary library) {
        return new TraceService(library, STRUCTS, TestTraces::record, 1, TraceSettings.standard());
    }

    static TraceView record(LibraryProgram program, Recipe recipe, Limits limits) {
        MachineState state = DefaultMachine.of(program.program(), new MachineOptions(recipe.registers()));
        MachineState withEvents = new MachineState(
                state.processor(),
                state.registers(),
                state.system(),
                state.ramSizeBytes(),
                state.pages(),
                state.phaseMarkers(),
                recipe.events());
        return Machine.load(withEvents).record(limits);
    }
}
