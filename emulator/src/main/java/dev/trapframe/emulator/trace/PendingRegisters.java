package dev.trapframe.emulator.trace;

import dev.trapframe.emulator.api.MachineRegister;

/** Register changes that no micro-op owns yet: for each register the first value before and the last after. */
final class PendingRegisters {

    private static final MachineRegister[] REGISTERS = MachineRegister.values();

    private final long[] before = new long[REGISTERS.length];
    private final long[] after = new long[REGISTERS.length];
    private long changed;
    /** The same for the registers from number 64 on. */
    private long changedHigh;

    void changed(MachineRegister register, long valueBefore, long valueAfter) {
        int index = register.ordinal();
        after[index] = valueAfter;
        if (index >= Long.SIZE) {
            if ((changedHigh & 1L << index) == 0) before[index] = valueBefore;
            changedHigh |= 1L << index;
        } else {
            if ((changed & 1L << index) == 0) before[index] = valueBefore;
            changed |= 1L << index;
        }
    }

    void packInto(PackedChanges packed) {
        if (changed != 0) packInto(packed, changed, 0);
        if (changedHigh != 0) packInto(packed, changedHigh, Long.SIZE);
        changed = 0;
        changedHigh = 0;
    }

    private void packInto(PackedChanges packed, long mask, int first) {
        for (long left = mask; left != 0; left &= left - 1) {
            int index = first + Long.numberOfTrailingZeros(left);
            if (before[index] != after[index]) packed.addRegister(index, before[index], after[index]);
        }
    }
}
