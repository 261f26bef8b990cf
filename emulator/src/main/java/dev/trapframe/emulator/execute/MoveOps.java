package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import org.jspecify.annotations.Nullable;

/** Moves, and the stack, as {@link BlockOp}s. */
final class MoveOps {

    private static final int RFLAGS = MachineRegister.RFLAGS.ordinal();
    private static final int RSP = MachineRegister.RSP.ordinal();
    private static final int RBP = MachineRegister.RBP.ordinal();

    private MoveOps() {}

    /** From one whole register to another. */
    static final class Move extends BlockOp {
        private final int destination;
        private final int source;
        private final long mask;

        Move(int destination, int source, int sizeBytes) {
            this.destination = destination;
            this.source = source;
            this.mask = Width.mask(sizeBytes);
        }

        @Override
        public boolean execute(long[] registers) {
            registers[destination] = registers[source] & mask;
            return true;
        }
    }

    static final class MoveConstant extends BlockOp {
        private final int destination;
        private final long value;

        MoveConstant(int destination, long value) {
            this.destination = destination;
            this.value = value;
        }

        @Override
        public boolean execute(long[] registers) {
            registers[destination] = value;
            return true;
        }
    }

    /** To a whole register from a place: MOV, MOVZX, MOVSX, MOVSXD. */
    static final class Load extends BlockOp {
        private final int destination;
        private final long mask;
        private final Place source;
        private final int unusedBits;

        /**
         * @param sizeBytes       of the destination
         * @param signedSizeBytes of a source that is sign-extended; 8 for one that is zero-extended
         */
        Load(int destination, int sizeBytes, Place source, int signedSizeBytes) {
            this.destination = destination;
            this.mask = Width.mask(sizeBytes);
            this.source = source;
            this.unusedBits = Long.SIZE - Width.bits(signedSizeBytes);
        }

        @Override
        public boolean mayLeave() {
            return source.mayRefuse();
        }

        @Override
        public boolean execute(long[] registers) {
            if (!source.read(registers)) return false;
            registers[destination] = source.value << unusedBits >> unusedBits & mask;
            return true;
        }
    }

    /** To a place, from a register or a constant. */
    static final class Store extends BlockOp {
        private final Place destination;
        private final int source;
        private final long constant;

        Store(Place destination, int source, long constant) {
            this.destination = destination;
            this.source = source;
            this.constant = constant;
        }

        @Override
        public boolean mayLeave() {
            return destination.mayRefuse();
        }

        @Override
        public boolean execute(long[] registers) {
            return destination.store(registers, source == ArithmeticOps.CONSTANT ? constant : registers[source]);
        }
    }

    /** From a place to a place, of which one at the most is memory. */
    static final class Copy extends BlockOp {
        private final Place destination;
        private final Place source;

        Copy(Place destination, Place source) {
            this.destination = destination;
            this.source = source;
        }

        @Override
        public boolean mayLeave() {
            return source.mayRefuse() || destination.mayRefuse();
        }

        @Override
        public boolean execute(long[] registers) {
            return source.read(registers) && destination.store(registers, source.value);
        }
    }

    static final class LoadAddress extends BlockOp {
        private final int destination;
        private final EffectiveAddress address;
        private final long mask;

        LoadAddress(int destination, EffectiveAddress address, int sizeBytes) {
            this.destination = destination;
            this.address = address;
            this.mask = Width.mask(sizeBytes);
        }

        @Override
        public boolean execute(long[] registers) {
            registers[destination] = address.offset(registers) & mask;
            return true;
        }
    }

    /** CMOVcc to a whole register: the source is read in any case, and 32 bits clear the upper half in any case. */
    static final class MoveIf extends BlockOp {
        private final Condition condition;
        private final int destination;
        private final long mask;
        private final Place source;

        MoveIf(Condition condition, int destination, int sizeBytes, Place source) {
            this.condition = condition;
            this.destination = destination;
            this.mask = Width.mask(sizeBytes);
            this.source = source;
        }

        @Override
        public boolean mayLeave() {
            return source.mayRefuse();
        }

        @Override
        public boolean execute(long[] registers) {
            if (!source.read(registers)) return false;
            long value = condition.holds(registers[RFLAGS]) ? source.value : registers[destination];
            registers[destination] = value & mask;
            return true;
        }
    }

    /** SETcc. */
    static final class SetIf extends BlockOp {
        private final Condition condition;
        private final Place destination;

        SetIf(Condition condition, Place destination) {
            this.condition = condition;
            this.destination = destination;
        }

        @Override
        public boolean mayLeave() {
            return destination.mayRefuse();
        }

        @Override
        public boolean execute(long[] registers) {
            return destination.store(registers, condition.holds(registers[RFLAGS]) ? 1 : 0);
        }
    }

    static final class Push extends BlockOp {
        private final Stack stack;
        private final int source;
        private final long constant;
        private final @Nullable Place origin;

        Push(Stack stack, int source, long constant, @Nullable Place origin) {
            this.stack = stack;
            this.source = source;
            this.constant = constant;
            this.origin = origin;
        }

        @Override
        public boolean mayLeave() {
            return true;
        }

        @Override
        public boolean execute(long[] registers) {
            if (origin == null) {
                return stack.push(registers, source == ArithmeticOps.CONSTANT ? constant : registers[source]);
            }
            return origin.read(registers) && stack.push(registers, origin.value);
        }
    }

    /** POP to a whole register; POP RSP too: the value comes last. */
    static final class Pop extends BlockOp {
        private final Stack stack;
        private final int destination;

        Pop(Stack stack, int destination) {
            this.stack = stack;
            this.destination = destination;
        }

        @Override
        public boolean mayLeave() {
            return true;
        }

        @Override
        public boolean execute(long[] registers) {
            if (!stack.pop(registers)) return false;
            registers[destination] = stack.value;
            return true;
        }
    }

    static final class Leave extends BlockOp {
        private final Stack stack;

        Leave(Stack stack) {
            this.stack = stack;
        }

        @Override
        public boolean mayLeave() {
            return true;
        }

        @Override
        public boolean execute(long[] registers) {
            long rsp = registers[RSP];
            registers[RSP] = registers[RBP];
            if (stack.pop(registers)) {
                registers[RBP] = stack.value;
                return true;
            }
            registers[RSP] = rsp;
            return false;
        }
    }

    /** NOP, or an instruction whose only effect nobody would see. */
    static final class Nothing extends BlockOp {
        @Override
        public boolean execute(long[] registers) {
            return true;
        }
    }
}
