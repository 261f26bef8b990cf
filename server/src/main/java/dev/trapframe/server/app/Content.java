package dev.trapframe.server.app;

import dev.trapframe.server.lesson.Track;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The lessons as they are now: loaded at start, and in dev mode again whenever a file has changed. Thread-safe. */
final class Content {

    private final Path lessons;
    private final boolean live;
    private final Function<Path, Track> loader;

    private long fingerprint;
    private @Nullable Track track;

    /**
     * @param lessons folder of the lessons
     * @param live    load again when a file below the folder changes
     * @param loader  throws {@link dev.trapframe.server.content.ContentError}
     */
    Content(Path lessons, boolean live, Function<Path, Track> loader) {
        this.lessons = lessons;
        this.live = live;
        this.loader = loader;
    }

    /**
     * @throws dev.trapframe.server.content.ContentError if a file cannot be understood
     */
    synchronized Track current() {
        long now = live ? fingerprint() : 0;
        if (track == null || now != fingerprint) {
            track = null;
            track = loader.apply(lessons);
            fingerprint = now;
        }
        return track;
    }

    private long fingerprint() {
        try {
            return ContentFolder.fingerprint(lessons);
        } catch (IOException e) {
            throw new UncheckedIOException("the lessons cannot be read", e);
        }
    }
}
