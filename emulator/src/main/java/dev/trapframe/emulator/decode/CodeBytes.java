package dev.trapframe.emulator.decode;

/** Where the decoder gets bytes from; it asks for each byte once, in order, and for no byte that it does not need. */
@FunctionalInterface
public interface CodeBytes {

    /**
     * The byte at {@code index} from the start of the instruction, 0 to 14; only its low eight bits count.
     *
     * @throws dev.trapframe.emulator.event.Fault if it cannot be fetched
     */
    int byteAt(int index);
}
