package dev.trapframe.emulator.memory;

/** What an access to memory is for; with the user flag it decides the rights that are asked for. */
public enum Access {
    READ,
    WRITE,
    FETCH
}
