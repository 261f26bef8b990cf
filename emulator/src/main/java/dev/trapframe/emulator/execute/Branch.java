package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.RelativeOperand;
import org.jspecify.annotations.Nullable;

/** A near relative JMP or Jcc, apart from its displacement: whether it jumps. */
public final class Branch {

    private final @Nullable Condition condition;

    private Branch(@Nullable Condition condition) {
        this.condition = condition;
    }

    /** Null if the instruction is no near relative JMP or Jcc. */
    public static @Nullable Branch of(Instruction instruction) {
        boolean relative = instruction.operandCount() == 1 && instruction.operand(0) instanceof RelativeOperand;
        if (!relative) return null;
        Mnemonic mnemonic = instruction.mnemonic();
        if (mnemonic == Mnemonic.JMP) return new Branch(null);
        boolean conditional = mnemonic.compareTo(Mnemonic.JO) >= 0 && mnemonic.compareTo(Mnemonic.JG) <= 0;
        return conditional ? new Branch(Condition.values()[instruction.form().condition()]) : null;
    }

    public boolean isConditional() {
        return condition != null;
    }

    public boolean jumps(long rflags) {
        return condition == null || condition.holds(rflags);
    }
}
