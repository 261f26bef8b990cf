package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.state.Rflags;
import org.jspecify.annotations.Nullable;

/** Arithmetic, logic and shifts as {@link BlockOp}s. */
final class ArithmeticOps {

    private static final int RFLAGS = MachineRegister.RFLAGS.ordinal();
    /** As source: the operand is a constant. */
    static final int CONSTANT = -1;

    private ArithmeticOps() {}

    /**
     * The operands of an instruction with two.
     *
     * @param destination register, if {@code target} is null
     * @param target      where the first operand is otherwise
     * @param source      register or {@link #CONSTANT}, if {@code origin} is null
     * @param origin      where the second operand is otherwise
     */
    record Operands(
            int destination,
            @Nullable Place target,
            int source,
            @Nullable Place origin,
            long constant,
            int sizeBytes,
            FlagUse use,
            DeferredFlags deferred) {

        boolean mayLeave() {
            return target != null && target.mayRefuse() || origin != null && origin.mayRefuse();
        }
    }

    private static void setStatus(long[] registers, long flags) {
        registers[RFLAGS] = registers[RFLAGS] & ~Rflags.STATUS | flags;
    }

    /** Values above the width do not matter to results and flags. */
    private abstract static class Binary extends BlockOp {
        final int destination;
        final int source;
        final long constant;
        final int sizeBytes;
        final long mask;
        final FlagUse use;
        final DeferredFlags deferred;
        private final @Nullable Place target;
        private final @Nullable Place origin;
        private final boolean wholeRegisters;
        private final boolean mayLeave;

        Binary(Operands operands) {
            destination = operands.destination();
            target = operands.target();
            source = operands.source();
            origin = operands.origin();
            constant = operands.constant();
            sizeBytes = operands.sizeBytes();
            mask = Width.mask(sizeBytes);
            use = operands.use();
            deferred = operands.deferred();
            wholeRegisters = target == null && origin == null;
            mayLeave = operands.mayLeave();
        }

        @Override
        public final boolean mayLeave() {
            return mayLeave;
        }

        private long second(long[] registers) {
            return source == CONSTANT ? constant : registers[source];
        }

        /** The result, and the flags. */
        abstract long apply(long[] registers, long a, long b);

        /** False for CMP and TEST. */
        boolean writesResult() {
            return true;
        }

        @Override
        public final boolean execute(long[] registers) {
            if (!wholeRegisters) return executeThroughPlaces(registers);
            long result = apply(registers, registers[destination], second(registers));
            if (writesResult()) registers[destination] = result;
            return true;
        }

        /** With at least one operand that is no whole register. */
        private boolean executeThroughPlaces(long[] registers) {
            long b;
            if (origin == null) {
                b = second(registers);
            } else {
                if (!origin.read(registers)) return false;
                b = origin.value;
            }
            if (target == null) {
                long result = apply(registers, registers[destination], b);
                if (writesResult()) registers[destination] = result;
                return true;
            }
            return executeOn(target, registers, b);
        }

        private boolean executeOn(Place place, long[] registers, long b) {
            boolean readable = writesResult() ? place.readForWrite(registers) : place.read(registers);
            if (!readable) return false;
            long result = apply(registers, place.value, b);
            if (writesResult()) place.write(registers, result);
            return true;
        }
    }

    static final class Add extends Binary {
        Add(Operands operands) {
            super(operands);
        }

        @Override
        long apply(long[] registers, long a, long b) {
            if (use == FlagUse.KEPT) setStatus(registers, StatusFlags.ofAddition(a, b, a + b, sizeBytes));
            else if (use == FlagUse.DEFERRED) deferred.ofAddition(a, b, sizeBytes);
            return a + b & mask;
        }
    }

    static final class Subtract extends Binary {
        Subtract(Operands operands) {
            super(operands);
        }

        @Override
        long apply(long[] registers, long a, long b) {
            if (use == FlagUse.KEPT) setStatus(registers, StatusFlags.ofSubtraction(a, b, a - b, sizeBytes));
            else if (use == FlagUse.DEFERRED) deferred.ofSubtraction(a, b, sizeBytes);
            return a - b & mask;
        }
    }

    static final class Compare extends Binary {
        Compare(Operands operands) {
            super(operands);
        }

        @Override
        boolean writesResult() {
            return false;
        }

        @Override
        long apply(long[] registers, long a, long b) {
            if (use == FlagUse.KEPT) setStatus(registers, StatusFlags.ofSubtraction(a, b, a - b, sizeBytes));
            else if (use == FlagUse.DEFERRED) deferred.ofSubtraction(a, b, sizeBytes);
            return a;
        }
    }

    /** AND, OR, XOR and TEST: CF, OF and AF are 0. */
    private abstract static class Logic extends Binary {
        Logic(Operands operands) {
            super(operands);
        }

        final long finish(long[] registers, long result) {
            if (use == FlagUse.KEPT) setStatus(registers, StatusFlags.ofResult(result, sizeBytes));
            else if (use == FlagUse.DEFERRED) deferred.ofResult(result, sizeBytes);
            return result & mask;
        }
    }

    static final class And extends Logic {
        And(Operands operands) {
            super(operands);
        }

        @Override
        long apply(long[] registers, long a, long b) {
            return finish(registers, a & b);
        }
    }

    static final class Or extends Logic {
        Or(Operands operands) {
            super(operands);
        }

        @Override
        long apply(long[] registers, long a, long b) {
            return finish(registers, a | b);
        }
    }

    static final class Xor extends Logic {
        Xor(Operands operands) {
            super(operands);
        }

        @Override
        long apply(long[] registers, long a, long b) {
            return finish(registers, a ^ b);
        }
    }

    static final class Test extends Logic {
        Test(Operands operands) {
            super(operands);
        }

        @Override
        boolean writesResult() {
            return false;
        }

        @Override
        long apply(long[] registers, long a, long b) {
            return finish(registers, a & b);
        }
    }

    /** INC and DEC: CF stays, so that their flags are kept or dropped, never deferred. */
    static final class Step extends BlockOp {
        private static final long WRITTEN = Rflags.STATUS & ~Rflags.CF;
        private final int destination;
        private final @Nullable Place target;
        private final long step;
        private final int sizeBytes;
        private final long mask;
        private final boolean keepsFlags;

        Step(Operands operands, long step) {
            this.destination = operands.destination();
            this.target = operands.target();
            this.step = step;
            this.sizeBytes = operands.sizeBytes();
            this.mask = Width.mask(sizeBytes);
            this.keepsFlags = operands.use() != FlagUse.DROPPED;
        }

        @Override
        public boolean mayLeave() {
            return target != null && target.mayRefuse();
        }

        @Override
        public boolean execute(long[] registers) {
            if (target != null) return executeOn(target, registers);
            registers[destination] = apply(registers, registers[destination]);
            return true;
        }

        private boolean executeOn(Place place, long[] registers) {
            if (!place.readForWrite(registers)) return false;
            place.write(registers, apply(registers, place.value));
            return true;
        }

        private long apply(long[] registers, long a) {
            if (keepsFlags) {
                long flags = step > 0
                        ? StatusFlags.ofAddition(a, 1, a + 1, sizeBytes)
                        : StatusFlags.ofSubtraction(a, 1, a - 1, sizeBytes);
                registers[RFLAGS] = registers[RFLAGS] & ~WRITTEN | flags & WRITTEN;
            }
            return a + step & mask;
        }
    }

    /** SHL, SHR and SAR of a whole register by a constant that is not 0. */
    static final class Shift extends BlockOp {

        enum Kind {
            LEFT,
            RIGHT,
            ARITHMETIC
        }

        private final Kind kind;
        private final int destination;
        private final int count;
        private final int sizeBytes;
        private final long mask;
        private final boolean keepsFlags;

        Shift(Kind kind, Operands operands) {
            this.kind = kind;
            this.destination = operands.destination();
            this.count = (int) operands.constant();
            this.sizeBytes = operands.sizeBytes();
            this.mask = Width.mask(sizeBytes);
            this.keepsFlags = operands.use() != FlagUse.DROPPED;
        }

        @Override
        public boolean execute(long[] registers) {
            long a = registers[destination] & mask;
            int top = Width.bits(sizeBytes) - 1;
            long result;
            boolean carry;
            boolean overflow;
            switch (kind) {
                case LEFT -> {
                    result = a << count & mask;
                    carry = Width.bit(a, top + 1 - count);
                    overflow = Width.bit(result, top) != carry;
                }
                case RIGHT -> {
                    long beforeLastStep = a >>> count - 1;
                    result = beforeLastStep >>> 1;
                    carry = Width.bit(beforeLastStep, 0);
                    overflow = Width.bit(beforeLastStep, top);
                }
                default -> {
                    long signed = Width.signExtend(a, sizeBytes);
                    result = signed >> count & mask;
                    carry = Width.bit(signed, count - 1);
                    overflow = false;
                }
            }
            registers[destination] = result;
            if (keepsFlags) setStatus(registers, flags(result, carry, overflow));
            return true;
        }

        private long flags(long result, boolean carry, boolean overflow) {
            return StatusFlags.ofResult(result, sizeBytes)
                    | StatusFlags.when(carry, Rflags.CF)
                    | StatusFlags.when(overflow, Rflags.OF);
        }
    }

    /** NOT of a whole register. */
    static final class Not extends BlockOp {
        private final int destination;
        private final long mask;

        Not(int destination, int sizeBytes) {
            this.destination = destination;
            this.mask = Width.mask(sizeBytes);
        }

        @Override
        public boolean execute(long[] registers) {
            registers[destination] = ~registers[destination] & mask;
            return true;
        }
    }
}
