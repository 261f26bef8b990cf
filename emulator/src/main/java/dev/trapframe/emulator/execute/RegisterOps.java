package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.state.Rflags;
import org.jspecify.annotations.Nullable;

/**
 * The commonest instructions on whole 32- and 64-bit registers, with their operands resolved beforehand. What each does
 * stands at its method in the class of its group; this is the same, faster, and the tests hold the two against each other.
 *
 * <p>An operation whose flags nobody will read is made without them.
 */
public final class RegisterOps {

    private static final int RFLAGS = MachineRegister.RFLAGS.ordinal();
    private static final long LOW_32 = 0xffff_ffffL;
    private static final int CONSTANT = -1;

    private RegisterOps() {}

    /** Status flags that the instruction writes whatever its operands are; only for what {@link #of} knows. */
    public static long written(Instruction instruction) {
        return switch (instruction.mnemonic()) {
            case ADD, SUB, CMP, AND, OR, XOR, TEST, NEG -> Rflags.STATUS;
            case INC, DEC -> Rflags.STATUS & ~Rflags.CF;
            default -> 0;
        };
    }

    /**
     * The operation that does what the instruction does; null if it has none.
     *
     * @param keepsFlags false if the status flags that it writes are not looked at
     */
    public static @Nullable RegisterOp of(Instruction instruction, boolean keepsFlags) {
        return switch (instruction.mnemonic()) {
            case ADD, SUB, CMP, AND, OR, XOR, TEST -> binary(instruction, keepsFlags);
            case INC -> unary(instruction, (d, size, mask) -> new Step(d, 1, size, mask, keepsFlags));
            case DEC -> unary(instruction, (d, size, mask) -> new Step(d, -1, size, mask, keepsFlags));
            case MOV -> move(instruction);
            case LEA -> lea(instruction);
            case NOP -> instruction.operandCount() == 0 ? new Nothing() : null;
            default -> null;
        };
    }

    /** What makes an operation on one register. */
    private interface UnaryMaker {
        RegisterOp make(int destination, int sizeBytes, long mask);
    }

    private static @Nullable RegisterOp unary(Instruction instruction, UnaryMaker maker) {
        if (!isWide(instruction.operand(0))) return null;
        RegisterOperand operand = (RegisterOperand) instruction.operand(0);
        return maker.make(number(operand), operand.sizeBytes(), mask(operand));
    }

    private static @Nullable RegisterOp binary(Instruction instruction, boolean keepsFlags) {
        if (!isWide(instruction.operand(0))) return null;
        RegisterOperand destination = (RegisterOperand) instruction.operand(0);
        Operand second = instruction.operand(1);
        int source = isWide(second) ? number((RegisterOperand) second) : CONSTANT;
        if (source == CONSTANT && !(second instanceof ImmediateOperand)) return null;
        long constant = second instanceof ImmediateOperand immediate ? immediate.value() : 0;
        int d = number(destination);
        int size = destination.sizeBytes();
        long mask = mask(destination);
        return switch (instruction.mnemonic()) {
            case ADD -> new Add(d, source, constant, size, mask, keepsFlags);
            case SUB -> new Subtract(d, source, constant, size, mask, keepsFlags);
            case CMP -> keepsFlags ? new Compare(d, source, constant, size, mask) : new Nothing();
            case AND -> new And(d, source, constant, size, mask, keepsFlags);
            case OR -> new Or(d, source, constant, size, mask, keepsFlags);
            case XOR -> new Xor(d, source, constant, size, mask, keepsFlags);
            default -> keepsFlags ? new Test(d, source, constant, size, mask) : new Nothing();
        };
    }

    private static @Nullable RegisterOp move(Instruction instruction) {
        if (!isWide(instruction.operand(0))) return null;
        RegisterOperand destination = (RegisterOperand) instruction.operand(0);
        Operand second = instruction.operand(1);
        if (isWide(second)) return new Move(number(destination), number((RegisterOperand) second), mask(destination));
        if (!(second instanceof ImmediateOperand immediate)) return null;
        return new MoveConstant(number(destination), immediate.value() & mask(destination));
    }

    private static @Nullable RegisterOp lea(Instruction instruction) {
        if (!isWide(instruction.operand(0))) return null;
        MemoryOperand address = (MemoryOperand) instruction.operand(1);
        boolean plain = address.addressSizeBytes() == Long.BYTES && !address.ripRelative();
        if (!plain || address.base() == null) return null;
        RegisterOperand destination = (RegisterOperand) instruction.operand(0);
        int index = address.index() == null ? CONSTANT : address.index().ordinal();
        return new LoadAddress(
                number(destination),
                address.base().ordinal(),
                index,
                Integer.numberOfTrailingZeros(address.scale()),
                address.displacement(),
                mask(destination));
    }

    private static boolean isWide(Operand operand) {
        return operand instanceof RegisterOperand register && register.sizeBytes() >= Integer.BYTES;
    }

    private static int number(RegisterOperand operand) {
        return operand.register().ordinal();
    }

    private static long mask(RegisterOperand operand) {
        return operand.sizeBytes() == Integer.BYTES ? LOW_32 : -1;
    }

    private static void setStatus(long[] registers, long flags) {
        registers[RFLAGS] = registers[RFLAGS] & ~Rflags.STATUS | flags;
    }

    /** Two operands: a register, and another one or a constant. Values above the mask do not matter to the flags. */
    private abstract static class Binary extends RegisterOp {
        final int destination;
        final int source;
        final long constant;
        final int sizeBytes;
        final long mask;
        final boolean keepsFlags;

        Binary(int destination, int source, long constant, int sizeBytes, long mask, boolean keepsFlags) {
            this.destination = destination;
            this.source = source;
            this.constant = constant;
            this.sizeBytes = sizeBytes;
            this.mask = mask;
            this.keepsFlags = keepsFlags;
        }

        final long second(long[] registers) {
            return source == CONSTANT ? constant : registers[source];
        }
    }

    private static final class Add extends Binary {
        Add(int destination, int source, long constant, int sizeBytes, long mask, boolean keepsFlags) {
            super(destination, source, constant, sizeBytes, mask, keepsFlags);
        }

        @Override
        public void execute(long[] registers) {
            long a = registers[destination];
            long b = second(registers);
            registers[destination] = a + b & mask;
            if (keepsFlags) setStatus(registers, StatusFlags.ofAddition(a, b, a + b, sizeBytes));
        }
    }

    private static final class Subtract extends Binary {
        Subtract(int destination, int source, long constant, int sizeBytes, long mask, boolean keepsFlags) {
            super(destination, source, constant, sizeBytes, mask, keepsFlags);
        }

        @Override
        public void execute(long[] registers) {
            long a = registers[destination];
            long b = second(registers);
            registers[destination] = a - b & mask;
            if (keepsFlags) setStatus(registers, StatusFlags.ofSubtraction(a, b, a - b, sizeBytes));
        }
    }

    private static final class Compare extends Binary {
        Compare(int destination, int source, long constant, int sizeBytes, long mask) {
            super(destination, source, constant, sizeBytes, mask, true);
        }

        @Override
        public void execute(long[] registers) {
            long a = registers[destination];
            long b = second(registers);
            setStatus(registers, StatusFlags.ofSubtraction(a, b, a - b, sizeBytes));
        }
    }

    private static final class And extends Binary {
        And(int destination, int source, long constant, int sizeBytes, long mask, boolean keepsFlags) {
            super(destination, source, constant, sizeBytes, mask, keepsFlags);
        }

        @Override
        public void execute(long[] registers) {
            long result = registers[destination] & second(registers) & mask;
            registers[destination] = result;
            if (keepsFlags) setStatus(registers, StatusFlags.ofResult(result, sizeBytes));
        }
    }

    private static final class Or extends Binary {
        Or(int destination, int source, long constant, int sizeBytes, long mask, boolean keepsFlags) {
            super(destination, source, constant, sizeBytes, mask, keepsFlags);
        }

        @Override
        public void execute(long[] registers) {
            long result = (registers[destination] | second(registers)) & mask;
            registers[destination] = result;
            if (keepsFlags) setStatus(registers, StatusFlags.ofResult(result, sizeBytes));
        }
    }

    private static final class Xor extends Binary {
        Xor(int destination, int source, long constant, int sizeBytes, long mask, boolean keepsFlags) {
            super(destination, source, constant, sizeBytes, mask, keepsFlags);
        }

        @Override
        public void execute(long[] registers) {
            long result = (registers[destination] ^ second(registers)) & mask;
            registers[destination] = result;
            if (keepsFlags) setStatus(registers, StatusFlags.ofResult(result, sizeBytes));
        }
    }

    private static final class Test extends Binary {
        Test(int destination, int source, long constant, int sizeBytes, long mask) {
            super(destination, source, constant, sizeBytes, mask, true);
        }

        @Override
        public void execute(long[] registers) {
            setStatus(registers, StatusFlags.ofResult(registers[destination] & second(registers), sizeBytes));
        }
    }

    /** INC and DEC. */
    private static final class Step extends RegisterOp {
        private static final long WRITTEN = Rflags.STATUS & ~Rflags.CF;
        private final int destination;
        private final long step;
        private final int sizeBytes;
        private final long mask;
        private final boolean keepsFlags;

        Step(int destination, long step, int sizeBytes, long mask, boolean keepsFlags) {
            this.destination = destination;
            this.step = step;
            this.sizeBytes = sizeBytes;
            this.mask = mask;
            this.keepsFlags = keepsFlags;
        }

        @Override
        public void execute(long[] registers) {
            long a = registers[destination];
            registers[destination] = a + step & mask;
            if (!keepsFlags) return;
            long flags = step > 0
                    ? StatusFlags.ofAddition(a, 1, a + 1, sizeBytes)
                    : StatusFlags.ofSubtraction(a, 1, a - 1, sizeBytes);
            registers[RFLAGS] = registers[RFLAGS] & ~WRITTEN | flags & WRITTEN;
        }
    }

    private static final class Move extends RegisterOp {
        private final int destination;
        private final int source;
        private final long mask;

        Move(int destination, int source, long mask) {
            this.destination = destination;
            this.source = source;
            this.mask = mask;
        }

        @Override
        public void execute(long[] registers) {
            registers[destination] = registers[source] & mask;
        }
    }

    private static final class MoveConstant extends RegisterOp {
        private final int destination;
        private final long value;

        MoveConstant(int destination, long value) {
            this.destination = destination;
            this.value = value;
        }

        @Override
        public void execute(long[] registers) {
            registers[destination] = value;
        }
    }

    private static final class LoadAddress extends RegisterOp {
        private final int destination;
        private final int base;
        private final int index;
        private final int shift;
        private final long displacement;
        private final long mask;

        LoadAddress(int destination, int base, int index, int shift, long displacement, long mask) {
            this.destination = destination;
            this.base = base;
            this.index = index;
            this.shift = shift;
            this.displacement = displacement;
            this.mask = mask;
        }

        @Override
        public void execute(long[] registers) {
            long address = registers[base] + displacement;
            if (index != CONSTANT) address += registers[index] << shift;
            registers[destination] = address & mask;
        }
    }

    private static final class Nothing extends RegisterOp {
        @Override
        public void execute(long[] registers) {
            // NOP, or flags that nobody reads.
        }
    }
}
