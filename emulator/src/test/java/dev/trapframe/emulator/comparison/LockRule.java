package dev.trapframe.emulator.comparison;

import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import java.util.EnumSet;
import java.util.Set;

/** Which instructions take LOCK, by the manual's list. Source: Intel SDM Vol. 2A, "LOCK—Assert LOCK# Signal Prefix". */
public final class LockRule {

    private static final Set<Mnemonic> LISTED = EnumSet.of(
            Mnemonic.ADD,
            Mnemonic.ADC,
            Mnemonic.AND,
            Mnemonic.BTC,
            Mnemonic.BTR,
            Mnemonic.BTS,
            Mnemonic.CMPXCHG,
            Mnemonic.CMPXCHG8B,
            Mnemonic.CMPXCHG16B,
            Mnemonic.DEC,
            Mnemonic.INC,
            Mnemonic.NEG,
            Mnemonic.NOT,
            Mnemonic.OR,
            Mnemonic.SBB,
            Mnemonic.SUB,
            Mnemonic.XADD,
            Mnemonic.XCHG,
            Mnemonic.XOR);

    private LockRule() {}

    /** True if the instruction may have LOCK before it. */
    public static boolean permits(Instruction instruction) {
        boolean memory = instruction.operandCount() > 0 && instruction.operand(0) instanceof MemoryOperand;
        return memory && LISTED.contains(instruction.mnemonic());
    }
}
