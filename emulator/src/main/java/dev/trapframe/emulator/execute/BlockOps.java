package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.execute.ArithmeticOps.Operands;
import dev.trapframe.emulator.execute.ArithmeticOps.Shift;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link BlockOp}s of the commonest instructions: arithmetic, logic, moves and the stack, on registers, constants and
 * memory. Code is in 64-bit mode, or in 32-bit mode with flat segments.
 */
public final class BlockOps {

    private final CpuState cpu;
    private final LinearMemory memory;
    private final DeferredFlags deferred;
    private final Stack stack64;
    private final Stack stack32;

    /** @param deferred where operations leave what their flags would be made of */
    public BlockOps(CpuState cpu, LinearMemory memory, DeferredFlags deferred) {
        this.cpu = cpu;
        this.memory = memory;
        this.deferred = deferred;
        this.stack64 = new Stack(memory, Long.BYTES);
        this.stack32 = new Stack(memory, Integer.BYTES);
    }

    /** Status flags that the instruction writes whatever its operands are; only for what {@link #of} knows. */
    public static long written(Instruction instruction) {
        return switch (instruction.mnemonic()) {
            case ADD, SUB, CMP, AND, OR, XOR, TEST, SHL, SHR, SAR -> Rflags.STATUS;
            case INC, DEC -> Rflags.STATUS & ~Rflags.CF;
            default -> 0;
        };
    }

    /** True if what the instruction does depends on status flags; only for what {@link #of} knows. */
    public static boolean readsFlags(Instruction instruction) {
        Mnemonic mnemonic = instruction.mnemonic();
        return isConditionalMove(mnemonic) || isConditionalSet(mnemonic);
    }

    private static boolean isConditionalMove(Mnemonic mnemonic) {
        return mnemonic.compareTo(Mnemonic.CMOVO) >= 0 && mnemonic.compareTo(Mnemonic.CMOVG) <= 0;
    }

    private static boolean isConditionalSet(Mnemonic mnemonic) {
        return mnemonic.compareTo(Mnemonic.SETO) >= 0 && mnemonic.compareTo(Mnemonic.SETG) <= 0;
    }

    /**
     * The operation that does what the instruction does; null if it has none.
     *
     * @param next address of the next instruction
     * @param use  of the status flags that it writes; never deferred if it does not write all of them
     */
    public @Nullable BlockOp of(Instruction instruction, long next, FlagUse use) {
        if (instruction.lock()) return null;
        if (isConditionalMove(instruction.mnemonic())) return moveIf(instruction, next);
        if (isConditionalSet(instruction.mnemonic())) return setIf(instruction, next);
        return switch (instruction.mnemonic()) {
            case ADD, SUB, CMP, AND, OR, XOR, TEST -> binary(instruction, next, use);
            case INC, DEC -> step(instruction, next, use);
            case SHL, SHR, SAR -> shift(instruction, use);
            case NOT -> not(instruction);
            case MOV -> move(instruction, next);
            case MOVZX, MOVSX, MOVSXD -> extend(instruction, next);
            case LEA -> loadAddress(instruction, next);
            case PUSH -> push(instruction, next);
            case POP -> pop(instruction);
            case LEAVE -> isWholeWord(instruction) ? new MoveOps.Leave(stack()) : null;
            case NOP -> instruction.operandCount() == 0 ? new MoveOps.Nothing() : null;
            default -> null;
        };
    }

    /** CALL, RET or an indirect JMP, which end a block; null if the instruction is none that can be done here. */
    public @Nullable BlockOp transfer(Instruction instruction, long next) {
        if (!isWholeWord(instruction) || !cpu.isCanonical(next)) return null;
        return switch (instruction.mnemonic()) {
            case CALL -> call(instruction, next);
            case JMP -> indirect(instruction, next, null);
            case RET -> instruction.operandCount() == 0 ? new TransferOps.Return(cpu, stack()) : null;
            default -> null;
        };
    }

    private @Nullable BlockOp call(Instruction instruction, long next) {
        if (!(instruction.operand(0) instanceof RelativeOperand relative)) return indirect(instruction, next, stack());
        long target = inMode(next + relative.displacement());
        return cpu.isCanonical(target) ? new TransferOps.Call(stack(), target, next) : null;
    }

    private @Nullable BlockOp indirect(Instruction instruction, long next, @Nullable Stack stack) {
        Operand operand = instruction.operand(0);
        boolean near = operand.sizeBytes() == wordBytes();
        Place target = near ? place(operand, next) : null;
        return target == null ? null : new TransferOps.Indirect(cpu, target, stack, next);
    }

    /** An address as RIP holds it in the mode of the code. */
    private long inMode(long address) {
        return cpu.in64BitMode() ? address : Width.zeroExtend(address, Integer.BYTES);
    }

    private int wordBytes() {
        return cpu.in64BitMode() ? Long.BYTES : Integer.BYTES;
    }

    private boolean isWholeWord(Instruction instruction) {
        return instruction.operandSizeBytes() == wordBytes();
    }

    private Stack stack() {
        return cpu.in64BitMode() ? stack64 : stack32;
    }

    // --- operands ------------------------------------------------------------------------------------------------

    private static boolean isWide(Operand operand) {
        return operand instanceof RegisterOperand register && register.sizeBytes() >= Integer.BYTES;
    }

    private static int number(Operand operand) {
        return ((RegisterOperand) operand).register().ordinal();
    }

    /** A register, part of one, or memory; null for anything else. */
    private @Nullable Place place(Operand operand, long next) {
        if (operand instanceof RegisterOperand register) return new RegisterPart(register);
        if (!(operand instanceof MemoryOperand place)) return null;
        EffectiveAddress address = EffectiveAddress.of(place, next, cpu.in64BitMode());
        return address == null ? null : new MemoryPlace(memory, address, place.sizeBytes());
    }

    /** The operands of an instruction that has a destination, and a source or a constant; null if they are of another kind. */
    private @Nullable Operands operands(Operand first, @Nullable Operand second, long next, FlagUse use) {
        Place target = isWide(first) ? null : place(first, next);
        if (target == null && !isWide(first)) return null;
        int destination = target == null ? number(first) : 0;
        int source = ArithmeticOps.CONSTANT;
        Place origin = null;
        long constant = 0;
        if (second instanceof ImmediateOperand immediate) {
            constant = immediate.value();
        } else if (second != null && isWide(second)) {
            source = number(second);
        } else if (second != null) {
            origin = place(second, next);
            if (origin == null) return null;
        }
        return new Operands(destination, target, source, origin, constant, first.sizeBytes(), use, deferred);
    }

    // --- kinds of instructions -----------------------------------------------------------------------------------

    private @Nullable BlockOp binary(Instruction instruction, long next, FlagUse use) {
        Operands operands = operands(instruction.operand(0), instruction.operand(1), next, use);
        if (operands == null) return null;
        return switch (instruction.mnemonic()) {
            case ADD -> new ArithmeticOps.Add(operands);
            case SUB -> new ArithmeticOps.Subtract(operands);
            case CMP -> new ArithmeticOps.Compare(operands);
            case AND -> new ArithmeticOps.And(operands);
            case OR -> new ArithmeticOps.Or(operands);
            case XOR -> new ArithmeticOps.Xor(operands);
            default -> new ArithmeticOps.Test(operands);
        };
    }

    private @Nullable BlockOp step(Instruction instruction, long next, FlagUse use) {
        Operands operands = operands(instruction.operand(0), null, next, use);
        if (operands == null) return null;
        return new ArithmeticOps.Step(operands, instruction.mnemonic() == Mnemonic.INC ? 1 : -1);
    }

    private @Nullable BlockOp shift(Instruction instruction, FlagUse use) {
        Operand first = instruction.operand(0);
        if (!isWide(first) || !(instruction.operand(1) instanceof ImmediateOperand immediate)) return null;
        int limit = first.sizeBytes() == Long.BYTES ? Long.SIZE - 1 : Integer.SIZE - 1;
        int count = (int) immediate.value() & limit;
        if (count == 0) return null;
        Operands operands = new Operands(
                number(first), null, ArithmeticOps.CONSTANT, null, count, first.sizeBytes(), use, deferred);
        Shift.Kind kind = switch (instruction.mnemonic()) {
            case SHL -> Shift.Kind.LEFT;
            case SHR -> Shift.Kind.RIGHT;
            default -> Shift.Kind.ARITHMETIC;
        };
        return new Shift(kind, operands);
    }

    private static @Nullable BlockOp not(Instruction instruction) {
        Operand first = instruction.operand(0);
        return isWide(first) ? new ArithmeticOps.Not(number(first), first.sizeBytes()) : null;
    }

    private @Nullable BlockOp move(Instruction instruction, long next) {
        Operand first = instruction.operand(0);
        Operand second = instruction.operand(1);
        if (isWide(first)) return moveToWide(first, second, next);
        Place destination = place(first, next);
        if (destination == null) return null;
        if (second instanceof ImmediateOperand immediate) {
            return new MoveOps.Store(destination, ArithmeticOps.CONSTANT, immediate.value());
        }
        if (isWide(second)) return new MoveOps.Store(destination, number(second), 0);
        Place source =
                second instanceof RegisterOperand || second instanceof MemoryOperand ? place(second, next) : null;
        return source == null ? null : new MoveOps.Copy(destination, source);
    }

    private @Nullable BlockOp moveToWide(Operand first, Operand second, long next) {
        int size = first.sizeBytes();
        if (isWide(second)) return new MoveOps.Move(number(first), number(second), size);
        if (second instanceof ImmediateOperand immediate) {
            return new MoveOps.MoveConstant(number(first), Width.zeroExtend(immediate.value(), size));
        }
        Place source = second instanceof MemoryOperand ? place(second, next) : null;
        return source == null ? null : new MoveOps.Load(number(first), size, source, Long.BYTES);
    }

    private @Nullable BlockOp extend(Instruction instruction, long next) {
        Operand first = instruction.operand(0);
        Operand second = instruction.operand(1);
        Place source = isWide(first) ? place(second, next) : null;
        if (source == null) return null;
        int signed = instruction.mnemonic() == Mnemonic.MOVZX ? Long.BYTES : second.sizeBytes();
        return new MoveOps.Load(number(first), first.sizeBytes(), source, signed);
    }

    private @Nullable BlockOp loadAddress(Instruction instruction, long next) {
        Operand first = instruction.operand(0);
        MemoryOperand operand = (MemoryOperand) instruction.operand(1);
        // A segment does not matter to LEA, but FS and GS outside of 64-bit mode are nothing for a block.
        EffectiveAddress address = EffectiveAddress.of(operand, next, cpu.in64BitMode());
        boolean known = isWide(first) && address != null;
        return known ? new MoveOps.LoadAddress(number(first), address, first.sizeBytes()) : null;
    }

    private @Nullable BlockOp push(Instruction instruction, long next) {
        if (!isWholeWord(instruction)) return null;
        Operand operand = instruction.operand(0);
        if (operand instanceof ImmediateOperand immediate) {
            return new MoveOps.Push(stack(), ArithmeticOps.CONSTANT, immediate.value(), null);
        }
        if (isWide(operand)) return new MoveOps.Push(stack(), number(operand), 0, null);
        Place origin = operand instanceof MemoryOperand ? place(operand, next) : null;
        return origin == null ? null : new MoveOps.Push(stack(), ArithmeticOps.CONSTANT, 0, origin);
    }

    private @Nullable BlockOp pop(Instruction instruction) {
        Operand operand = instruction.operand(0);
        boolean known = isWholeWord(instruction) && isWide(operand) && operand.sizeBytes() == wordBytes();
        return known ? new MoveOps.Pop(stack(), number(operand)) : null;
    }

    private static Condition condition(Instruction instruction) {
        return Condition.values()[instruction.form().condition()];
    }

    private @Nullable BlockOp moveIf(Instruction instruction, long next) {
        Operand first = instruction.operand(0);
        Place source = isWide(first) ? place(instruction.operand(1), next) : null;
        if (source == null) return null;
        return new MoveOps.MoveIf(condition(instruction), number(first), first.sizeBytes(), source);
    }

    private @Nullable BlockOp setIf(Instruction instruction, long next) {
        Place destination = place(instruction.operand(0), next);
        return destination == null ? null : new MoveOps.SetIf(condition(instruction), destination);
    }
}
