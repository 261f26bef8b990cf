package dev.trapframe.server.lesson;

import dev.trapframe.server.content.ContentError;
import dev.trapframe.server.content.ScenarioReader;
import dev.trapframe.server.content.YamlNode;
import dev.trapframe.server.item.Item;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Loads all lessons of a folder: {@code track.yaml} names them, {@code NNN-slug/lesson.md} holds them. */
public final class LessonLoader {

    private static final String TRACK_FILE = "lessons/track.yaml";
    private static final Pattern NUMBER = Pattern.compile("[0-9]{3}-");

    private final ScenarioReader scenarios;

    public LessonLoader(ScenarioReader scenarios) {
        this.scenarios = scenarios;
    }

    /**
     * Loads the lessons.
     *
     * @param lessons the folder, on disk or in a jar
     * @throws ContentError at the first place that cannot be understood
     */
    public Track load(Path lessons) {
        YamlNode track = YamlNode.parse(TRACK_FILE, 1, read(lessons.resolve("track.yaml"), TRACK_FILE, 1));
        track.requireKnownKeys(Set.of("title", "lessons"));
        List<Path> folders = foldersOf(lessons);
        List<Lesson> loaded = new ArrayList<>();
        for (YamlNode slug : track.get("lessons").list()) loaded.add(lesson(slug, folders));
        requireDistinctIds(loaded);
        return new Track(track.get("title").text(200), loaded);
    }

    private Lesson lesson(YamlNode slugNode, List<Path> folders) {
        String slug = slugNode.text();
        Path folder = folders.stream()
                .filter(path -> NUMBER.matcher(nameOf(path)).replaceFirst("").equals(slug))
                .findFirst()
                .orElseThrow(() -> slugNode.error("expected a folder lessons/NNN-" + slug));
        String file = "lessons/" + nameOf(folder) + "/lesson.md";
        Lesson lesson = new LessonReader(file, scenarios).read(read(folder.resolve("lesson.md"), file, 1));
        if (!lesson.slug().equals(slug)) {
            throw new ContentError(
                    file, 2, "expected id: " + slug + " as in the folder's name, found " + lesson.slug());
        }
        return lesson;
    }

    private static List<Path> foldersOf(Path lessons) {
        try (Stream<Path> entries = Files.list(lessons)) {
            return entries.filter(path -> NUMBER.matcher(nameOf(path)).lookingAt())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without the slash that a folder of a jar has at its end. */
    private static String nameOf(Path path) {
        return path.getFileName().toString().replace("/", "");
    }

    private static String read(Path path, String file, int line) {
        try {
            return Files.readString(path);
        } catch (CharacterCodingException e) {
            throw new ContentError(file, line, "expected text in UTF-8");
        } catch (IOException e) {
            throw new ContentError(
                    file,
                    line,
                    "expected a file that can be read: " + e.getClass().getSimpleName());
        }
    }

    private static void requireDistinctIds(List<Lesson> lessons) {
        Set<String> ids = new HashSet<>();
        for (Lesson lesson : lessons) {
            if (!ids.add(lesson.slug()))
                throw new ContentError(TRACK_FILE, 1, "expected each lesson once, found " + lesson.slug() + " again");
        }
        Set<String> items = new HashSet<>();
        for (Item item :
                lessons.stream().flatMap(lesson -> lesson.items().stream()).toList()) {
            if (items.add(item.id())) continue;
            throw new ContentError(
                    TRACK_FILE,
                    1,
                    "expected item ids that differ, found " + item.id() + " again in " + item.lessonSlug());
        }
    }
}
