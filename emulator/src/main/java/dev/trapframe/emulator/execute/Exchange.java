package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/** Exchange instructions. Source: Intel SDM Vol. 1, "Exchange Instructions". LOCK changes nothing on one processor. */
final class Exchange {

    private Exchange() {}

    /** A memory operand faults as a write before anything changes. Source: Intel SDM Vol. 2D, XCHG. */
    static void xchg(Instruction instruction, Context context) {
        Operand first = instruction.operand(0);
        Operand second = instruction.operand(1);
        long a = context.readForWrite(first);
        long b = context.readForWrite(second);
        context.write(first, b);
        context.write(second, a);
    }

    /**
     * The source gets the old destination first: XADD of a register with itself doubles it.
     *
     * <p>Source: Intel SDM Vol. 2D, XADD.
     */
    static void xadd(Instruction instruction, Context context) {
        Operand destination = instruction.operand(0);
        long a = context.readForWrite(destination);
        long b = context.read(instruction.operand(1));
        context.write(instruction.operand(1), a);
        context.write(destination, a + b);
        StatusFlags.write(context, Rflags.STATUS, StatusFlags.ofAddition(a, b, a + b, destination.sizeBytes()));
    }

    /**
     * A memory destination is written, and faults, whether equal or not; of two registers only one is: the destination
     * if equal, else the accumulator. The other keeps its upper half.
     *
     * <p>Source: Intel SDM Vol. 2A, CMPXCHG.
     */
    static void cmpxchg(Instruction instruction, Context context) {
        Operand destination = instruction.operand(0);
        int size = destination.sizeBytes();
        long accumulator = Registers.read(context.cpu(), GeneralRegister.RAX, size);
        long old = context.readForWrite(destination);
        long source = context.read(instruction.operand(1));
        boolean equal = accumulator == old;
        if (equal) context.write(destination, source);
        else if (!(destination instanceof RegisterOperand)) context.write(destination, old);
        if (!equal) Registers.write(context.cpu(), GeneralRegister.RAX, size, old);
        BinaryArithmetic.compare(context, accumulator, old, size);
    }

    /**
     * Compares EDX:EAX with memory; if equal memory gets ECX:EBX, else EDX:EAX gets memory. Changes ZF only. One operand of
     * 8 bytes, also to the alignment check; it is written either way.
     *
     * <p>Source: Intel SDM Vol. 2A, CMPXCHG8B/CMPXCHG16B.
     */
    static void cmpxchg8b(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        long found = context.readForWrite(instruction.operand(0));
        boolean equal = found == pair(cpu, GeneralRegister.RDX, GeneralRegister.RAX);
        context.write(instruction.operand(0), equal ? pair(cpu, GeneralRegister.RCX, GeneralRegister.RBX) : found);
        if (!equal) {
            Registers.write(cpu, GeneralRegister.RAX, Integer.BYTES, found);
            Registers.write(cpu, GeneralRegister.RDX, Integer.BYTES, found >>> Integer.SIZE);
        }
        StatusFlags.write(context, Rflags.ZF, StatusFlags.when(equal, Rflags.ZF));
    }

    private static long pair(CpuState cpu, GeneralRegister high, GeneralRegister low) {
        return Registers.read(cpu, high, Integer.BYTES) << Integer.SIZE | Registers.read(cpu, low, Integer.BYTES);
    }

    /** Source: Intel SDM Vol. 2A, CMPXCHG8B/CMPXCHG16B. #GP(0) unless aligned to 16 bytes; faults as a write. */
    static void cmpxchg16b(Instruction instruction, Context context) {
        long linear = context.linearAddress((MemoryOperand) instruction.operand(0));
        Checks.require((linear & 2 * Long.BYTES - 1) == 0);
        compareExchangePair(instruction, context);
    }

    /** Compares RDX:RAX with memory; if equal memory gets RCX:RBX, else RDX:RAX gets memory. Changes ZF only. */
    private static void compareExchangePair(Instruction instruction, Context context) {
        int half = Long.BYTES;
        MemoryOperand memory = (MemoryOperand) instruction.operand(0);
        CpuState cpu = context.cpu();
        SegmentRegister segment = memory.segment();
        long offset = context.effectiveAddress(memory);
        long upperOffset = Width.zeroExtend(offset + half, memory.addressSizeBytes());
        context.checkWrite(segment, offset, 2 * half);
        long low = context.load(segment, offset, half);
        long high = context.load(segment, upperOffset, half);
        boolean equal = low == Registers.read(cpu, GeneralRegister.RAX, half)
                && high == Registers.read(cpu, GeneralRegister.RDX, half);
        context.store(segment, offset, half, equal ? Registers.read(cpu, GeneralRegister.RBX, half) : low);
        context.store(segment, upperOffset, half, equal ? Registers.read(cpu, GeneralRegister.RCX, half) : high);
        if (!equal) {
            Registers.write(cpu, GeneralRegister.RAX, half, low);
            Registers.write(cpu, GeneralRegister.RDX, half, high);
        }
        StatusFlags.write(context, Rflags.ZF, StatusFlags.when(equal, Rflags.ZF));
    }
}
