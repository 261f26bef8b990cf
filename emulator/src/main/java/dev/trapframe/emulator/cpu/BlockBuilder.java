package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.execute.Branch;
import dev.trapframe.emulator.execute.RegisterOp;
import dev.trapframe.emulator.execute.RegisterOps;
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

/** Makes blocks of 64-bit code that is there already, decoded and mapped. */
final class BlockBuilder {

    private static final int MAX_OPERATIONS = 64;

    /**
     * What may end a block: it touches general registers, status flags, memory and RIP, and nothing that decides how the
     * next instruction is fetched or whether an event is taken.
     */
    private static final Set<Mnemonic> SIMPLE = simple();

    private final CpuState cpu;
    private final InstructionFetch fetch;

    BlockBuilder(CpuState cpu, InstructionFetch fetch) {
        this.cpu = cpu;
        this.fetch = fetch;
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
        CachedInstruction last = null;
        while (instructions.size() < MAX_OPERATIONS) {
            CachedInstruction next = fetch.peek(at);
            if (next == null) break;
            Instruction instruction = next.instruction();
            if (RegisterOps.of(instruction, true) == null) {
                if (isSimple(instruction)) last = next;
                break;
            }
            instructions.add(instruction);
            at += instruction.lengthBytes();
        }
        return instructions.isEmpty() && last == null ? null : block(rip, instructions, at, last);
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

    private Block block(long rip, List<Instruction> instructions, long lastLinear, @Nullable CachedInstruction last) {
        RegisterOp[] operations = operations(instructions);
        if (last == null) return new Block(rip, operations, lastLinear, null, 0, null, lastLinear);
        Instruction instruction = last.instruction();
        long next = lastLinear + instruction.lengthBytes();
        Branch branch = Branch.of(instruction);
        if (branch != null) {
            long target = next + ((RelativeOperand) instruction.operand(0)).displacement();
            boolean canonical = cpu.isCanonical(target) && cpu.isCanonical(next);
            if (canonical) return new Block(rip, operations, lastLinear, branch, target, null, next);
        }
        return new Block(rip, operations, lastLinear, null, 0, last, next);
    }

    /** From the last to the first: flags that a later instruction writes before anybody reads them are not made. */
    private static RegisterOp[] operations(List<Instruction> instructions) {
        RegisterOp[] result = new RegisterOp[instructions.size()];
        long read = Rflags.STATUS;
        for (int i = result.length - 1; i >= 0; i--) {
            Instruction instruction = instructions.get(i);
            long written = RegisterOps.written(instruction);
            RegisterOp operation = RegisterOps.of(instruction, (written & read) != 0);
            if (operation == null) throw new IllegalStateException(instruction + " had an operation before");
            result[i] = operation;
            read &= ~written;
        }
        return result;
    }
}
