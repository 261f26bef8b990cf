package dev.trapframe.emulator.api;

/** Where event delivery, or a call through a gate, takes the new stack pointer from. */
public enum StackSource {
    SAME,
    RSP0,
    RSP1,
    RSP2,
    IST1,
    IST2,
    IST3,
    IST4,
    IST5,
    IST6,
    IST7
}
