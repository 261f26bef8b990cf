package dev.trapframe.server.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A working tree of a test's own: the project's pages and programs, and the lessons that the test writes. */
public final class TestTree {

    private final Path root;

    /** Copies the project's tree, its lessons included, into an empty folder. */
    public TestTree(Path root) {
        this.root = root;
        for (String folder : new String[] {"templates", "static", "lessons"}) copy(TestServer.PROJECT.resolve(folder));
    }

    public Path root() {
        return root;
    }

    /** Makes a track of these lessons alone. */
    public TestTree track(String... slugs) {
        return write("lessons/track.yaml", "title: Test\nlessons:\n  - " + String.join("\n  - ", slugs) + "\n");
    }

    /** A lesson of plain text. */
    public TestTree plainLesson(String slug, String markdown) {
        return write("lessons/900-" + slug + "/lesson.md", """
                ---
                id: %s
                title: Plain <b>&amp;</b> simple
                lang: en
                minutes: 3
                objectives:
                  - read
                ---
                %s""".formatted(slug, markdown));
    }

    public String read(String file) {
        try {
            return Files.readString(root.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public TestTree write(String file, String text) {
        try {
            Path path = root.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, text);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void copy(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = root.resolve(TestServer.PROJECT.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
