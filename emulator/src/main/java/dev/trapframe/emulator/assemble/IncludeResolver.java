package dev.trapframe.emulator.assemble;

import java.util.Optional;

/** Finds the text of an included file. */
@FunctionalInterface
public interface IncludeResolver {

    /** The text of {@code name} as the source writes it; empty if it may not be included or is not there. */
    Optional<String> resolve(String name);

    /** Includes nothing. */
    static IncludeResolver none() {
        return name -> Optional.empty();
    }
}
