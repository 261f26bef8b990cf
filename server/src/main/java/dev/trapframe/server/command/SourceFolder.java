package dev.trapframe.server.command;

import dev.trapframe.emulator.assemble.IncludeResolver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Includes files of one folder and what is below it, and nothing else, links that lead out of it neither. */
record SourceFolder(Path folder) implements IncludeResolver {

    @Override
    public Optional<String> resolve(String name) {
        Path file = folder.resolve(name).normalize();
        try {
            if (!file.startsWith(folder) || !Files.isRegularFile(file)) return Optional.empty();
            if (!file.toRealPath().startsWith(folder.toRealPath())) return Optional.empty();
            return Optional.of(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
