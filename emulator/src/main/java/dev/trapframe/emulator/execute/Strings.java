package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/**
 * String instructions. RCX, RSI and RDI are up to date after each iteration, so that a fault or an interrupt in the
 * middle can be followed by a restart of the same instruction.
 *
 * <p>Source: Intel SDM Vol. 1, "String Operations"; Vol. 2B, REP/REPE/REPZ/REPNE/REPNZ.
 */
final class Strings {

    private Strings() {}

    /** [RDI] := [RSI]. Source: Intel SDM Vol. 2B, MOVS. */
    static void movs(Instruction instruction, Context context) {
        repeat(instruction, context, Strings::moveElement, false);
    }

    private static void moveElement(Instruction instruction, Context context) {
        store(instruction, context, loadSource(instruction, context));
        advance(instruction, context, GeneralRegister.RSI);
        advance(instruction, context, GeneralRegister.RDI);
    }

    /** [RDI] := accumulator. Source: Intel SDM Vol. 2B, STOS. */
    static void stos(Instruction instruction, Context context) {
        repeat(instruction, context, Strings::storeElement, false);
    }

    private static void storeElement(Instruction instruction, Context context) {
        store(instruction, context, accumulator(instruction, context));
        advance(instruction, context, GeneralRegister.RDI);
    }

    /** Accumulator := [RSI]. Source: Intel SDM Vol. 2A, LODS. */
    static void lods(Instruction instruction, Context context) {
        repeat(instruction, context, Strings::loadElement, false);
    }

    private static void loadElement(Instruction instruction, Context context) {
        long value = loadSource(instruction, context);
        Registers.write(context.cpu(), GeneralRegister.RAX, instruction.operandSizeBytes(), value);
        advance(instruction, context, GeneralRegister.RSI);
    }

    /** Flags of [RSI] - [RDI]. Source: Intel SDM Vol. 2A, CMPS. */
    static void cmps(Instruction instruction, Context context) {
        repeat(instruction, context, Strings::compareElement, true);
    }

    private static void compareElement(Instruction instruction, Context context) {
        long source = loadSource(instruction, context);
        long destination = loadDestination(instruction, context);
        advance(instruction, context, GeneralRegister.RSI);
        advance(instruction, context, GeneralRegister.RDI);
        BinaryArithmetic.compare(context, source, destination, instruction.operandSizeBytes());
    }

    /** Flags of accumulator - [RDI]. Source: Intel SDM Vol. 2B, SCAS. */
    static void scas(Instruction instruction, Context context) {
        repeat(instruction, context, Strings::scanElement, true);
    }

    private static void scanElement(Instruction instruction, Context context) {
        long destination = loadDestination(instruction, context);
        advance(instruction, context, GeneralRegister.RDI);
        BinaryArithmetic.compare(
                context, accumulator(instruction, context), destination, instruction.operandSizeBytes());
    }

    /** [RDI] := port DX; the port is read only if the write would succeed. Source: Intel SDM Vol. 2A, INS. */
    static void ins(Instruction instruction, Context context) {
        repeat(instruction, context, Strings::inputElement, false);
    }

    private static void inputElement(Instruction instruction, Context context) {
        int size = instruction.operandSizeBytes();
        int port = InputOutput.portInDx(context);
        InputOutput.requirePermission(context, port, size);
        context.checkWrite(SegmentRegister.ES, pointer(instruction, context, GeneralRegister.RDI), size);
        store(instruction, context, context.readPort(port, size));
        advance(instruction, context, GeneralRegister.RDI);
    }

    /** Port DX := [RSI]. Source: Intel SDM Vol. 2B, OUTS. */
    static void outs(Instruction instruction, Context context) {
        repeat(instruction, context, Strings::outputElement, false);
    }

    private static void outputElement(Instruction instruction, Context context) {
        int size = instruction.operandSizeBytes();
        int port = InputOutput.portInDx(context);
        InputOutput.requirePermission(context, port, size);
        context.writePort(port, size, loadSource(instruction, context));
        advance(instruction, context, GeneralRegister.RSI);
    }

    /**
     * Runs all iterations, or those up to where the loop wants the step to end.
     *
     * @param comparing REPE and REPNE end with ZF; the others take F3 and F2 alike as REP
     */
    private static void repeat(Instruction instruction, Context context, Semantics iteration, boolean comparing) {
        if (instruction.repeat() == RepeatPrefix.NONE) {
            iteration.execute(instruction, context);
            return;
        }
        CpuState cpu = context.cpu();
        int size = instruction.addressSizeBytes();
        long count = Registers.read(cpu, GeneralRegister.RCX, size);
        while (count != 0) {
            iteration.execute(instruction, context);
            count--;
            Registers.write(cpu, GeneralRegister.RCX, size, count);
            boolean whileEqual = instruction.repeat() == RepeatPrefix.REP;
            if (count == 0 || comparing && cpu.flag(Rflags.ZF) != whileEqual) return;
            if (!context.continueRepeating()) return;
        }
    }

    private static long accumulator(Instruction instruction, Context context) {
        return Registers.read(context.cpu(), GeneralRegister.RAX, instruction.operandSizeBytes());
    }

    /** The source's segment can be overridden, the destination's is ES always. */
    private static long loadSource(Instruction instruction, Context context) {
        SegmentRegister override = instruction.segmentOverride();
        SegmentRegister segment = override == null ? SegmentRegister.DS : override;
        long offset = pointer(instruction, context, GeneralRegister.RSI);
        return context.load(segment, offset, instruction.operandSizeBytes());
    }

    private static long loadDestination(Instruction instruction, Context context) {
        long offset = pointer(instruction, context, GeneralRegister.RDI);
        return context.load(SegmentRegister.ES, offset, instruction.operandSizeBytes());
    }

    private static void store(Instruction instruction, Context context, long value) {
        long offset = pointer(instruction, context, GeneralRegister.RDI);
        context.store(SegmentRegister.ES, offset, instruction.operandSizeBytes(), value);
    }

    private static long pointer(Instruction instruction, Context context, GeneralRegister register) {
        return Registers.read(context.cpu(), register, instruction.addressSizeBytes());
    }

    private static void advance(Instruction instruction, Context context, GeneralRegister register) {
        CpuState cpu = context.cpu();
        int step = cpu.flag(Rflags.DF) ? -instruction.operandSizeBytes() : instruction.operandSizeBytes();
        long moved = cpu.general(register.ordinal()) + step;
        Registers.write(cpu, register, instruction.addressSizeBytes(), moved);
    }
}
