package dev.trapframe.server.content;

/** Content that cannot be used; the message begins with file and line and says what was expected. */
public final class ContentError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param file as the author knows it, for example {@code lessons/010-page-fault/lesson.md}
     * @param line from 1
     */
    public ContentError(String file, int line, String expected) {
        super(file + ":" + line + ": " + expected);
    }
}
