package dev.trapframe.emulator.decode;

import dev.trapframe.emulator.isa.Instruction;

/** What the decoder makes of bytes. */
public sealed interface DecodeResult {

    /** The bytes are an instruction. */
    record Decoded(Instruction instruction) implements DecodeResult {}

    /** The bytes are no instruction: the processor raises #UD. */
    record Undefined() implements DecodeResult {}

    /** The instruction would have more than 15 bytes: the processor raises #GP(0). */
    record TooLong() implements DecodeResult {}

    /**
     * The manual defines these bytes, this emulator does not.
     *
     * @param what        for people
     * @param lengthBytes 1 to 15
     */
    record NotEmulated(String what, int lengthBytes) implements DecodeResult {}
}
