package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.execute.Semantics;
import dev.trapframe.emulator.isa.Instruction;
import org.jspecify.annotations.Nullable;

/** An instruction with the method that executes it, and the block that begins with it once there is one. */
final class CachedInstruction {

    private final Instruction instruction;
    private final Semantics semantics;
    private @Nullable Block block;

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

    @Nullable
    Block block() {
        return block;
    }

    void setBlock(Block block) {
        this.block = block;
    }
}
