package dev.trapframe.emulator.api;

/** One thing a step changed, with what was there before. */
public sealed interface Change {

    /** A register got another value. */
    record RegisterChange(MachineRegister register, long before, long after) implements Change {}

    /**
     * Bytes of memory changed.
     *
     * @param physical  address of the first byte
     * @param linear    the linear address the write went to; -1 for the page walk's accessed and dirty bits
     * @param sizeBytes 1 to 8; {@code before} and {@code after} are little-endian values of that width
     */
    record MemoryChange(long physical, long linear, int sizeBytes, long before, long after) implements Change {}

    /** A descriptor-table register or the hidden part of a segment register changed. */
    record SystemChange(SystemRegister register, Descriptor before, Descriptor after) implements Change {}

    /** The registers that hold more than one value. */
    enum SystemRegister {
        ES,
        CS,
        SS,
        DS,
        FS,
        GS,
        GDTR,
        IDTR,
        LDTR,
        TR
    }

    /**
     * What such a register holds.
     *
     * @param selector    16 bits; 0 for GDTR and IDTR
     * @param base        linear
     * @param limitBytes  after granularity
     * @param attributes  descriptor bits 8 to 15 and 20 to 23: {@code (G D/B L AVL) << 12 | P DPL S type}
     */
    record Descriptor(int selector, long base, long limitBytes, int attributes) {}
}
