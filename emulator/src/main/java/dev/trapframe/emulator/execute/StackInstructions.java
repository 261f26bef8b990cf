package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;

/** Stack manipulation instructions. Source: Intel SDM Vol. 1, "Stack Manipulation Instructions". */
final class StackInstructions {

    private static final int LEVELS = 32;
    private static final int REGISTERS_OF_PUSHA = 8;

    private StackInstructions() {}

    /** RSP moves only once the store has succeeded: a PUSH that faults can be restarted. */
    static void push(Context context, long value, int sizeBytes) {
        CpuState cpu = context.cpu();
        long rsp = cpu.rsp() - sizeBytes;
        context.storeToStack(rsp, sizeBytes, value);
        cpu.setStackPointer(rsp);
    }

    /** Reads the top of the stack and moves RSP. */
    static long pop(Context context, int sizeBytes) {
        CpuState cpu = context.cpu();
        long rsp = cpu.rsp();
        long value = context.loadFromStack(rsp, sizeBytes);
        cpu.setStackPointer(rsp + sizeBytes);
        return value;
    }

    /** PUSH RSP pushes the old RSP; a memory operand is read before RSP moves. Source: Intel SDM Vol. 2B, PUSH. */
    static void push(Instruction instruction, Context context) {
        push(context, context.read(instruction.operand(0)), instruction.operandSizeBytes());
    }

    /**
     * RSP moves before the destination's address is formed and before POP RSP writes; a write that faults restores it.
     *
     * <p>Source: Intel SDM Vol. 2B, POP.
     */
    static void pop(Instruction instruction, Context context) {
        context.write(instruction.operand(0), pop(context, instruction.operandSizeBytes()));
    }

    /**
     * With a nesting level the enclosing frame pointers are copied. Faults if a write at the final RSP would.
     *
     * <p>Source: Intel SDM Vol. 2A, ENTER.
     */
    static void enter(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operandSizeBytes();
        long allocated = context.read(instruction.operand(0)) & 0xffff;
        int level = (int) context.read(instruction.operand(1)) % LEVELS;
        long rbp = cpu.general(GeneralRegister.RBP.ordinal());
        long frame = cpu.rsp() - size;
        context.storeToStack(frame, size, rbp);
        long rsp = level == 0 ? frame : copyDisplay(context, size, level, frame, rbp);
        context.checkWrite(SegmentRegister.SS, cpu.stackOffset(rsp - allocated), size);
        Registers.write(cpu, GeneralRegister.RBP, size, frame);
        cpu.setStackPointer(rsp - allocated);
    }

    /** Pushes the frame pointers of the enclosing levels, then the new one; returns where the stack then ends. */
    private static long copyDisplay(Context context, int size, int level, long frame, long rbp) {
        long rsp = frame;
        for (int i = 1; i < level; i++) {
            rsp -= size;
            context.storeToStack(rsp, size, context.loadFromStack(rbp - (long) i * size, size));
        }
        context.storeToStack(rsp - size, size, frame);
        return rsp - size;
    }

    /**
     * RAX, RCX, RDX, RBX, the old RSP, RBP, RSI, RDI, 16 or 32 bits of each; faults if a write at the final RSP would.
     *
     * <p>Source: Intel SDM Vol. 2B, PUSHA/PUSHAD.
     */
    static void pusha(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operandSizeBytes();
        long old = cpu.rsp();
        context.checkWrite(SegmentRegister.SS, cpu.stackOffset(old - (long) REGISTERS_OF_PUSHA * size), size);
        for (int number = 0; number < REGISTERS_OF_PUSHA; number++) {
            context.storeToStack(old - (number + 1L) * size, size, cpu.general(number));
        }
        cpu.setStackPointer(old - (long) REGISTERS_OF_PUSHA * size);
    }

    /** The other way; the image of RSP is passed over. All is read before the first register changes. Source: Intel SDM Vol. 2B, POPA/POPAD. */
    static void popa(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operandSizeBytes();
        long[] values = new long[REGISTERS_OF_PUSHA];
        for (int number = values.length - 1; number >= 0; number--) {
            values[number] = context.loadFromStack(cpu.rsp() + (values.length - 1L - number) * size, size);
        }
        for (GeneralRegister register : GeneralRegister.values()) {
            if (register.ordinal() >= values.length || register == GeneralRegister.RSP) continue;
            Registers.write(cpu, register, size, values[register.ordinal()]);
        }
        cpu.setStackPointer(cpu.rsp() + (long) values.length * size);
    }

    /** Source: Intel SDM Vol. 2A, LEAVE. */
    static void leave(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operandSizeBytes();
        long frame = cpu.general(GeneralRegister.RBP.ordinal());
        long value = context.loadFromStack(frame, size);
        cpu.setStackPointer(frame + size);
        Registers.write(cpu, GeneralRegister.RBP, size, value);
    }
}
