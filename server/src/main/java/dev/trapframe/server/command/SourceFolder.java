package dev.trapframe.server.command;

import dev.trapframe.emulator.assemble.IncludeResolver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Includes files of one folder and what is below it, and nothing else, links that lead out of it neither. Names are looked
 * for in the folder, then in its {@code include} folder, where the lessons' programs have theirs.
 */
record SourceFolder(Path folder) implements IncludeResolver {

    private static final String INCLUDE_FOLDER = "include";

    @Override
    public Optional<String> resolve(String name) {
        try {
            Optional<String> text = read(folder.resolve(name));
            return text.isPresent() ? text : read(folder.resolve(INCLUDE_FOLDER).resolve(name));
        } catch (InvalidPathException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<String> read(Path path) throws IOException {
        Path file = path.normalize();
        if (!file.startsWith(folder) || !Files.isRegularFile(file)) return Optional.empty();
        if (!file.toRealPath().startsWith(folder.toRealPath())) return Optional.empty();
        return Optional.of(Files.readString(file));
    }
}
