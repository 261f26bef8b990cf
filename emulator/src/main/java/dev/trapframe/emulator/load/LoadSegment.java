package dev.trapframe.emulator.load;

/**
 * What a program file asks to have in memory in one piece.
 *
 * @param name        for messages, for example {@code segment 1}
 * @param linear      address of the first byte as the program sees it
 * @param physical    address of the first byte in physical memory, as the file wishes it
 * @param bytes       the contents that the file has
 * @param memoryBytes size in memory, at least that of the contents; zeroes follow the contents
 */
record LoadSegment(
        String name, long linear, long physical, byte[] bytes, long memoryBytes, boolean writable, boolean executable) {

    /** Address of the last byte; a segment that ends at the top of the address space has one, too. */
    long lastLinear() {
        return linear + memoryBytes - 1;
    }

    boolean containsLinear(long address) {
        return Long.compareUnsigned(address - linear, memoryBytes) < 0;
    }

    boolean overlapsLinear(LoadSegment other) {
        return containsLinear(other.linear) || other.containsLinear(linear);
    }

    /** For example {@code segment 1 (0x401000 to 0x401fff)}. */
    String place() {
        return String.format("%s (0x%x to 0x%x)", name, linear, lastLinear());
    }
}
