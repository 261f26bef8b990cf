package dev.trapframe.emulator.assemble;

import java.util.List;
import java.util.stream.Collectors;

/** The source has errors: all that one run found. */
public final class AssemblyFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<Diagnostic> diagnostics;

    public AssemblyFailed(List<Diagnostic> diagnostics) {
        super(diagnostics.stream().map(Diagnostic::toString).collect(Collectors.joining("\n")));
        this.diagnostics = List.copyOf(diagnostics);
    }

    /** At least one, in the order of the source; errors of layout come last. */
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }
}
