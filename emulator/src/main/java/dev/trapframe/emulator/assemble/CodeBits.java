package dev.trapframe.emulator.assemble;

/** The mode that code is assembled for. */
enum CodeBits {
    BITS_32(4),
    BITS_64(8);

    private final int addressBytes;

    CodeBits(int addressBytes) {
        this.addressBytes = addressBytes;
    }

    /** Address size without prefix. */
    int addressBytes() {
        return addressBytes;
    }
}
