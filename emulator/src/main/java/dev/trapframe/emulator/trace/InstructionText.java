package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.isa.Instruction;

/** How steps get their text: the disassembler, which the trace does not know. */
@FunctionalInterface
public interface InstructionText {

    /**
     * The instruction in AT&amp;T syntax.
     *
     * @param linear address of its first byte
     * @param mode   of the code segment it ran in
     */
    String of(Instruction instruction, long linear, CodeMode mode);
}
