package dev.trapframe.emulator.delivery;

/**
 * Error codes that name a selector or a vector.
 *
 * <p>Source: Intel SDM Vol. 3A, "Error Code".
 */
final class SelectorError {

    static final int EXT = 1;
    private static final int IDT = 2;

    private SelectorError() {}

    /** The index and table of a selector; its RPL bits give way to EXT. */
    static int ofSelector(int selector, int ext) {
        return selector & 0xfffc | ext;
    }

    static int ofVector(int vector, int ext) {
        return vector << 3 | IDT | ext;
    }
}
