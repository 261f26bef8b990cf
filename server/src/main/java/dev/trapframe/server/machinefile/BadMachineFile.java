package dev.trapframe.server.machinefile;

/** A machine-state file that cannot be used; the message names the place in it and what would be right. */
public final class BadMachineFile extends Exception {

    private static final long serialVersionUID = 1L;

    public BadMachineFile(String message) {
        super(message);
    }
}
