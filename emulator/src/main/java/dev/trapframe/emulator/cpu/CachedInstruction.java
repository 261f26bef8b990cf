package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.execute.Semantics;
import dev.trapframe.emulator.isa.Instruction;
import org.jspecify.annotations.Nullable;

/** An instruction with the method that executes it, and the block that begins with it once there is one. */
final class CachedInstruction {

    private final Instruction instruction;
    private final Semantics semantics;
    private @Nullable Block block;
    private MicroOp.@Nullable InstructionFetched fetched;

    CachedInstruction(Instruction instruction, Semantics semantics) {
        this.instruction = instruction;
        this.semantics = semantics;
    }

    Instruction instruction() {
        return instruction;
    }

    Semantics semantics() {
        return semantics;
    }

    /** That it was fetched from a linear address: the same object as the last time, so that a recorded loop keeps one. */
    MicroOp.InstructionFetched fetchedFrom(long linear) {
        MicroOp.InstructionFetched known = fetched;
        if (known != null && known.linear() == linear) return known;
        fetched = new MicroOp.InstructionFetched(linear, instruction.lengthBytes());
        return fetched;
    }

    @Nullable
    Block block() {
        return block;
    }

    void setBlock(Block block) {
        this.block = block;
    }
}
