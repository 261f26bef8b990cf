package dev.trapframe.server.slot;

import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MachineRegister;

/** One addressable place, as the registry knows it. */
public sealed interface Slot {

    /** A depth that stands for the innermost frame. */
    int INNERMOST = 0;

    /**
     * A word of an interrupt stack frame.
     *
     * @param depth {@link #INNERMOST}, or 1 for the outermost event that is still open, 2 for the one inside it …
     */
    record FrameWord(int depth, FrameSlot word) implements Slot {}

    /**
     * A field of a struct that lies around the innermost frame.
     *
     * @param offset from the {@code pt_regs} pointer; negative for the extension below it
     */
    record Field(int offset, int sizeBytes) implements Slot {}

    /** A register of the processor. */
    record Register(MachineRegister register) implements Slot {}

    /** Bits of RFLAGS: {@code bits} of them from {@code lowest} on. */
    record Flag(int lowest, int bits) implements Slot {}
}
