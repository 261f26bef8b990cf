package dev.trapframe.emulator.overlay;

/** A declaration that cannot be read; the message begins with file, line and column. */
public final class BadDeclaration extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BadDeclaration(String fileName, int line, int column, String problem) {
        super(fileName + ":" + line + ":" + column + ": " + problem);
    }
}
