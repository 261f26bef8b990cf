package dev.trapframe.emulator.cpu;

/** What holds events off for one instruction. Source: Intel SDM Vol. 3A, "Masking Exceptions and Interrupts When Switching Stacks". */
enum Shadow {
    NONE,
    /** After an STI that set IF: external interrupts wait. */
    STI,
    /** After MOV SS or POP SS: external interrupts, NMIs and debug traps wait. */
    MOV_SS
}
