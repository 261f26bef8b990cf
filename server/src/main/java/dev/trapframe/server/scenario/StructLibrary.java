package dev.trapframe.server.scenario;

import dev.trapframe.emulator.overlay.StructLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** The structs that scenarios may lay over memory: those of {@code lessons/programs/include/structs.h}. */
public final class StructLibrary {

    private static final String FILE = "include/structs.h";

    private final Map<String, StructLayout> structs;

    private StructLibrary(Map<String, StructLayout> structs) {
        this.structs = structs;
    }

    /**
     * Reads the declarations.
     *
     * @param folder {@code lessons/programs}
     * @throws BadProgram if the file cannot be read
     * @throws dev.trapframe.emulator.overlay.BadDeclaration naming file, line and column of what is not understood
     */
    public static StructLibrary read(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            return new StructLibrary(StructLayout.parse(FILE, Files.readString(file)));
        } catch (IOException e) {
            throw new BadProgram(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    public Set<String> names() {
        return structs.keySet();
    }

    /** The layout of a struct whose name is known to be in the library. */
    public StructLayout layout(String name) {
        StructLayout layout = structs.get(name);
        if (layout == null) throw new IllegalArgumentException("no struct " + name + " in " + FILE);
        return layout;
    }
}
