package dev.trapframe.emulator.api;

/** The words of an interrupt stack frame, in the order in which they are pushed. */
public enum FrameSlot {
    SS,
    RSP,
    RFLAGS,
    CS,
    RIP,
    ERROR_CODE
}
