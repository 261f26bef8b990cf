package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.Rflags;

/** The operands that the last instruction with {@linkplain FlagUse#DEFERRED deferred} flags has had. */
public final class DeferredFlags {

    private static final int RFLAGS = MachineRegister.RFLAGS.ordinal();

    private enum Kind {
        ADDITION,
        SUBTRACTION,
        RESULT
    }

    private Kind kind = Kind.RESULT;
    private long first;
    private long second;
    private int sizeBytes = 1;

    void ofAddition(long a, long b, int width) {
        kind = Kind.ADDITION;
        first = a;
        second = b;
        sizeBytes = width;
    }

    void ofSubtraction(long a, long b, int width) {
        kind = Kind.SUBTRACTION;
        first = a;
        second = b;
        sizeBytes = width;
    }

    /** CF, OF and AF are 0. */
    void ofResult(long result, int width) {
        kind = Kind.RESULT;
        first = result;
        sizeBytes = width;
    }

    /** Makes the flags, and writes them to RFLAGS. */
    public void make(long[] registers) {
        long flags = switch (kind) {
            case ADDITION -> StatusFlags.ofAddition(first, second, first + second, sizeBytes);
            case SUBTRACTION -> StatusFlags.ofSubtraction(first, second, first - second, sizeBytes);
            case RESULT -> StatusFlags.ofResult(first, sizeBytes);
        };
        registers[RFLAGS] = registers[RFLAGS] & ~Rflags.STATUS | flags;
    }
}
