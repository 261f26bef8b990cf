package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.cpu.Block.Ending;
import dev.trapframe.emulator.execute.BlockOp;
import dev.trapframe.emulator.execute.BlockOps;
import dev.trapframe.emulator.execute.Branch;
import dev.trapframe.emulator.execute.FlagUse;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes blocks of code that is there already, decoded and mapped: 64-bit code, or 32-bit code with flat segments. */
final class BlockBuilder {

    private static final int MAX_OPERATIONS = 64;

    /**
     * What may end a block: it touches general registers, status flags, memory and RIP, and nothing that decides how the
     * next instruction is fetched or whether an event is taken.
     */
    private static final Set<Mnemonic> SIMPLE = simple();

    /** What {@link dev.trapframe.emulator.execute.DeferredFlags} can hold the operands of. */
    private static final Set<Mnemonic> DEFERRABLE = EnumSet.of(
            Mnemonic.ADD, Mnemonic.SUB, Mnemonic.CMP, Mnemonic.AND, Mnemonic.OR, Mnemonic.XOR, Mnemonic.TEST);

    private static final long OFFSET_32 = 0xffff_ffffL;

    private final CpuState cpu;
    private final InstructionFetch fetch;
    private final BlockOps ops;

    BlockBuilder(CpuState cpu, InstructionFetch fetch, BlockOps ops) {
        this.cpu = cpu;
        this.fetch = fetch;
        this.ops = ops;
    }

    private static Set<Mnemonic> simple() {
        Set<Mnemonic> result = EnumSet.range(Mnemonic.JO, Mnemonic.JG);
        result.addAll(EnumSet.range(Mnemonic.CMOVO, Mnemonic.CMOVG));
        result.addAll(EnumSet.range(Mnemonic.SETO, Mnemonic.SETG));
        result.addAll(EnumSet.of(
                Mnemonic.MOV,
                Mnemonic.MOVZX,
                Mnemonic.MOVSX,
                Mnemonic.MOVSXD,
                Mnemonic.MOVBE,
                Mnemonic.LEA,
                Mnemonic.XCHG,
                Mnemonic.XADD,
                Mnemonic.CMPXCHG,
                Mnemonic.BSWAP,
                Mnemonic.PUSH,
                Mnemonic.POP,
                Mnemonic.LEAVE,
                Mnemonic.ADD,
                Mnemonic.ADC,
                Mnemonic.SUB,
                Mnemonic.SBB,
                Mnemonic.CMP,
                Mnemonic.INC,
                Mnemonic.DEC,
                Mnemonic.NEG,
                Mnemonic.MUL,
                Mnemonic.IMUL,
                Mnemonic.DIV,
                Mnemonic.IDIV,
                Mnemonic.AND,
                Mnemonic.OR,
                Mnemonic.XOR,
                Mnemonic.NOT,
                Mnemonic.TEST,
                Mnemonic.SHL,
                Mnemonic.SHR,
                Mnemonic.SAR,
                Mnemonic.ROL,
                Mnemonic.ROR,
                Mnemonic.RCL,
                Mnemonic.RCR,
                Mnemonic.SHLD,
                Mnemonic.SHRD,
                Mnemonic.BT,
                Mnemonic.BTS,
                Mnemonic.BTR,
                Mnemonic.BTC,
                Mnemonic.BSF,
                Mnemonic.BSR,
                Mnemonic.POPCNT,
                Mnemonic.LZCNT,
                Mnemonic.TZCNT,
                Mnemonic.CBW,
                Mnemonic.CWDE,
                Mnemonic.CDQE,
                Mnemonic.CWD,
                Mnemonic.CDQ,
                Mnemonic.CQO,
                Mnemonic.JMP,
                Mnemonic.CALL,
                Mnemonic.RET,
                Mnemonic.NOP,
                Mnemonic.CLC,
                Mnemonic.STC,
                Mnemonic.CMC));
        return result;
    }

    /** The block that starts at RIP; null if its first instruction is nothing for a block, or not decoded yet. */
    @Nullable
    Block build(long rip) {
        List<Instruction> instructions = new ArrayList<>();
        long at = rip;
        Ending ending = Ending.NONE;
        while (instructions.size() < MAX_OPERATIONS) {
            CachedInstruction following = fetch.peek(at);
            if (following == null) break;
            Instruction instruction = following.instruction();
            long next = nextOf(at, instruction);
            if (ops.of(instruction, next, FlagUse.KEPT) == null) {
                ending = ending(following, next);
                break;
            }
            instructions.add(instruction);
            at = next;
        }
        if (instructions.isEmpty() && ending == Ending.NONE) return null;
        CachedInstruction end = ending == Ending.NONE ? null : fetch.peek(at);
        return block(rip, instructions, ending, end == null ? at : nextOf(at, end.instruction()));
    }

    private long nextOf(long rip, Instruction instruction) {
        long next = rip + instruction.lengthBytes();
        return cpu.in64BitMode() ? next : next & OFFSET_32;
    }

    private Ending ending(CachedInstruction last, long next) {
        Instruction instruction = last.instruction();
        Branch branch = Branch.of(instruction);
        if (branch != null && instruction.operandSizeBytes() != Short.BYTES) {
            long target = next + ((RelativeOperand) instruction.operand(0)).displacement();
            if (!cpu.in64BitMode()) target &= OFFSET_32;
            boolean canonical = cpu.isCanonical(target) && cpu.isCanonical(next);
            if (canonical) return new Ending(branch, target, null, null);
        }
        BlockOp transfer = ops.transfer(instruction, next);
        if (transfer != null) return new Ending(null, 0, transfer, null);
        return isSimple(instruction) ? new Ending(null, 0, null, last) : Ending.NONE;
    }

    private static boolean isSimple(Instruction instruction) {
        if (!SIMPLE.contains(instruction.mnemonic())) return false;
        for (int i = 0; i < instruction.operandCount(); i++) {
            Operand operand = instruction.operand(i);
            boolean plain = operand instanceof RegisterOperand
                    || operand instanceof ImmediateOperand
                    || operand instanceof MemoryOperand
                    || operand instanceof RelativeOperand;
            if (!plain) return false;
        }
        return true;
    }

    /** From the last instruction to the first: what becomes of the flags that it writes. */
    private Block block(long rip, List<Instruction> instructions, Ending ending, long next) {
        int count = instructions.size();
        BlockOp[] operations = new BlockOp[count];
        int[] offsets = offsets(instructions);
        FlagUse[] uses = new FlagUse[count];
        long live = Rflags.STATUS;
        // An operation between here and the next one that overwrites all flags may leave the block.
        boolean leaves = false;
        for (int i = count - 1; i >= 0; i--) {
            Instruction instruction = instructions.get(i);
            long written = BlockOps.written(instruction);
            uses[i] = use(instruction, written, live, leaves);
            boolean overwrites = written == Rflags.STATUS;
            if (overwrites) leaves = false;
            live = uses[i] == FlagUse.KEPT && !overwrites && written != 0 ? Rflags.STATUS : live & ~written;
            if (BlockOps.readsFlags(instruction)) live = Rflags.STATUS;
            BlockOp operation = ops.of(instruction, inMode(rip + offsets[i + 1]), uses[i]);
            if (operation == null) throw new IllegalStateException(instruction + " had an operation before");
            operations[i] = operation;
            leaves |= operation.mayLeave();
        }
        return new Block(rip, operations, offsets, deferredBefore(instructions, uses), ending, next);
    }

    private long inMode(long rip) {
        return cpu.in64BitMode() ? rip : rip & OFFSET_32;
    }

    /** What only writes a part of the flags is not deferred: the others would have to be made first. */
    private static FlagUse use(Instruction instruction, long written, long live, boolean leaves) {
        if ((written & live) != 0) return FlagUse.KEPT;
        if (!leaves) return FlagUse.DROPPED;
        boolean deferrable = written == Rflags.STATUS && DEFERRABLE.contains(instruction.mnemonic());
        return deferrable ? FlagUse.DEFERRED : FlagUse.KEPT;
    }

    private static int[] offsets(List<Instruction> instructions) {
        int[] offsets = new int[instructions.size() + 1];
        for (int i = 0; i < instructions.size(); i++) {
            offsets[i + 1] = offsets[i] + instructions.get(i).lengthBytes();
        }
        return offsets;
    }

    private static long deferredBefore(List<Instruction> instructions, FlagUse[] uses) {
        long result = 0;
        boolean deferred = false;
        for (int i = 0; i < uses.length; i++) {
            if (deferred) result |= 1L << i;
            if (BlockOps.written(instructions.get(i)) != 0) deferred = uses[i] == FlagUse.DEFERRED;
        }
        return result;
    }
}
