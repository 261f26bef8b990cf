package dev.trapframe.server.trace;

import dev.trapframe.emulator.Machine;
import dev.trapframe.server.scenario.GnuToolchain;
import dev.trapframe.server.scenario.ProgramLibrary;
import dev.trapframe.server.scenario.Recipe;
import dev.trapframe.server.scenario.RecipeReader;
import dev.trapframe.server.scenario.StructLibrary;
import java.nio.file.Path;

/** The programs of {@code lessons/programs} on the real emulator. */
public final class TestTraces {

    public static final Path PROGRAMS = Path.of("..", "lessons", "programs");
    public static final GnuToolchain TOOLS = new GnuToolchain();
    public static final ProgramLibrary LIBRARY = new ProgramLibrary(PROGRAMS, TOOLS);
    public static final StructLibrary STRUCTS = StructLibrary.read(PROGRAMS);
    public static final TraceComposer COMPOSER = new TraceComposer(TOOLS);

    private TestTraces() {}

    /** Runs a recipe of a program in {@code lessons/programs}. */
    public static TraceRun run(String recipe) {
        return run(LIBRARY, recipe);
    }

    /** Runs a recipe of a program in a folder. */
    public static TraceRun run(Path programs, String recipe) {
        return run(new ProgramLibrary(programs, TOOLS), recipe);
    }

    private static TraceRun run(ProgramLibrary library, String recipe) {
        Recipe read = new RecipeReader(library, STRUCTS.names()).read(recipe);
        try (TraceService service = service(library)) {
            return service.of(read);
        }
    }

    public static TraceService service(ProgramLibrary library) {
        return new TraceService(library, STRUCTS, MachineRunner.emulator(), Machine.REVISION, TraceSettings.standard());
    }
}
