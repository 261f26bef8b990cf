package dev.trapframe.emulator.execute;

/** What becomes of the status flags that an instruction of a block writes. */
public enum FlagUse {
    /** Somebody reads them: RFLAGS gets them at once. */
    KEPT,
    /**
     * A later instruction of the block overwrites them, but one in between may leave the block: what they would be made of is
     * noted in {@link DeferredFlags}.
     */
    DEFERRED,
    /** A later instruction overwrites them before anybody could see them. */
    DROPPED
}
