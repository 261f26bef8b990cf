package dev.trapframe.server.content;

/**
 * Where in the content something stands.
 *
 * @param file as the author knows it, for example {@code lessons/010-page-fault/lesson.md}
 * @param line from 1
 */
public record Place(String file, int line) {

    /** A complaint about what stands here. */
    public ContentError error(String expected) {
        return new ContentError(file, line, expected);
    }
}
