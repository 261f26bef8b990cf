package dev.trapframe.server.slot;

/** A probe that cannot be read or finds nothing; the message names the probe and says what would be right. */
public final class BadProbe extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    BadProbe(String probe, String problem) {
        super("probe \"" + probe + "\": " + problem);
    }
}
