package dev.trapframe.server.scenario;

/** A recipe that cannot be used: which field, and what would be right. Answered with status 400. */
public final class BadRecipe extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String pointer;

    /**
     * @param pointer JSON pointer (RFC 6901) of the field; empty for the whole document
     * @param problem what was expected, and what was found
     */
    public BadRecipe(String pointer, String problem) {
        super((pointer.isEmpty() ? "the recipe" : pointer) + ": " + problem);
        this.pointer = pointer;
    }

    public String pointer() {
        return pointer;
    }
}
