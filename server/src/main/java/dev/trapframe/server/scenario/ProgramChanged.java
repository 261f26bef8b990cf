package dev.trapframe.server.scenario;

/** A recipe names a program together with a content hash that is not the loaded program's. Answered with status 409. */
public final class ProgramChanged extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ProgramChanged(String name, String asked, String loaded) {
        super("program " + name + " has content hash " + loaded + " here, not " + asked);
    }
}
