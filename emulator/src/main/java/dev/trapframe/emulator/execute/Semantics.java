package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.Instruction;

/** What one instruction does. Bound once to each decoded instruction, see {@link InstructionSet}. */
@FunctionalInterface
public interface Semantics {

    /**
     * Executes the instruction. RIP is the loop's: an instruction that does not jump leaves it alone.
     *
     * @throws dev.trapframe.emulator.event.Fault       if the processor would; registers are as before, other than RIP
     *                                                  and RSP and those that count a string instruction's iterations
     * @throws dev.trapframe.emulator.event.NotEmulated if the emulator does not know; nothing was changed
     */
    void execute(Instruction instruction, Context context);
}
