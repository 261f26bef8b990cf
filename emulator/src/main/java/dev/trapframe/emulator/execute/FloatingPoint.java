package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr0;

/**
 * Control of the x87 and SSE units, as kernels use it; no arithmetic.
 *
 * <p>Source: Intel SDM Vol. 1, "Programming with the x87 FPU", "MXCSR Control and Status Register".
 */
final class FloatingPoint {

    /** Bits of MXCSR that exist; FXSAVE stores them as MXCSR_MASK. */
    static final long MXCSR_MASK = 0xffff;

    /** Bit 6 of the control word reads as one; bits 7 and 13 to 15 do not exist. */
    private static final long FCW_ALWAYS_ONE = 0x40;

    private static final long FCW_DEFINED = 0x1f7f;

    /** Exception flags, stack fault, exception summary and busy. */
    private static final long FSW_EXCEPTIONS = 0x80ff;

    private FloatingPoint() {}

    /** Does nothing, after the faults of a waiting instruction. Source: Intel SDM Vol. 2A, FNOP. */
    static void fnop(Instruction instruction, Context context) {
        UnitChecks.requireX87(context);
    }

    /** #NM only if CR0.MP and CR0.TS are both set. Source: Intel SDM Vol. 2D, WAIT/FWAIT. */
    static void fwait(Instruction instruction, Context context) {
        long watched = Cr0.MP | Cr0.TS;
        if ((context.cpu().get(MachineRegister.CR0) & watched) == watched) throw new Fault(ExceptionVector.NM);
        UnitChecks.requireNoPendingException(context);
    }

    /** Source: Intel SDM Vol. 2A, FINIT/FNINIT. */
    static void fninit(Instruction instruction, Context context) {
        UnitChecks.requireX87WithoutWait(context);
        CpuState cpu = context.cpu();
        cpu.set(MachineRegister.FCW, CpuState.FCW_INITIAL);
        cpu.set(MachineRegister.FSW, 0);
        cpu.set(MachineRegister.FTW, 0);
        cpu.set(MachineRegister.FOP, 0);
        cpu.set(MachineRegister.FIP, 0);
        cpu.set(MachineRegister.FDP, 0);
    }

    /** Source: Intel SDM Vol. 2A, FCLEX/FNCLEX. */
    static void fnclex(Instruction instruction, Context context) {
        UnitChecks.requireX87WithoutWait(context);
        CpuState cpu = context.cpu();
        cpu.set(MachineRegister.FSW, cpu.get(MachineRegister.FSW) & ~FSW_EXCEPTIONS);
    }

    /** Source: Intel SDM Vol. 2A, FSTCW/FNSTCW. */
    static void fnstcw(Instruction instruction, Context context) {
        UnitChecks.requireX87WithoutWait(context);
        context.write(instruction.operand(0), context.cpu().get(MachineRegister.FCW));
    }

    /** Source: Intel SDM Vol. 2A, FSTSW/FNSTSW. */
    static void fnstsw(Instruction instruction, Context context) {
        UnitChecks.requireX87WithoutWait(context);
        context.write(instruction.operand(0), context.cpu().get(MachineRegister.FSW));
    }

    /** Source: Intel SDM Vol. 2A, FLDCW. */
    static void fldcw(Instruction instruction, Context context) {
        UnitChecks.requireX87(context);
        context.cpu().set(MachineRegister.FCW, controlWord(context.read(instruction.operand(0))));
    }

    /** A control word as the unit takes it. */
    static long controlWord(long value) {
        return value & FCW_DEFINED | FCW_ALWAYS_ONE;
    }

    /** #GP(0) on reserved bits. Source: Intel SDM Vol. 2A, LDMXCSR. */
    static void ldmxcsr(Instruction instruction, Context context) {
        UnitChecks.requireSse(context);
        long value = context.read(instruction.operand(0));
        Checks.require((value & ~MXCSR_MASK) == 0);
        context.cpu().set(MachineRegister.MXCSR, value);
    }

    /** Source: Intel SDM Vol. 2B, STMXCSR. */
    static void stmxcsr(Instruction instruction, Context context) {
        UnitChecks.requireSse(context);
        context.write(instruction.operand(0), context.cpu().get(MachineRegister.MXCSR));
    }
}
