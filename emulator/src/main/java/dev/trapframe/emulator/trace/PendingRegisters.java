package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.MachineRegister;

/** Register changes that no micro-op owns yet: for each register the first value before and the last after. */
final class PendingRegisters {

    private static final MachineRegister[] REGISTERS = MachineRegister.values();

    private final long[] before = new long[REGISTERS.length];
    private final long[] after = new long[REGISTERS.length];
    private long changed;

    void changed(MachineRegister register, long valueBefore, long valueAfter) {
        int index = register.ordinal();
        if ((changed & 1L << index) == 0) {
            changed |= 1L << index;
            before[index] = valueBefore;
        }
        after[index] = valueAfter;
    }

    void packInto(PackedChanges packed) {
        for (long left = changed; left != 0; left &= left - 1) {
            int index = Long.numberOfTrailingZeros(left);
            if (before[index] != after[index]) packed.addRegister(index, before[index], after[index]);
        }
        changed = 0;
    }
}
