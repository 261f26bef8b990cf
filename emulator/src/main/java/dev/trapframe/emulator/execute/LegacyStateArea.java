package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.state.CpuState;

/**
 * The 512 bytes that FXSAVE writes and XSAVE begins with. FCS and FDS are not kept: they are stored as 0, as on processors
 * that report their deprecation.
 *
 * <p>Source: Intel SDM Vol. 2A, FXSAVE, tables of the area's layout; Vol. 1, "Legacy Region of an XSAVE Area".
 */
final class LegacyStateArea {

    static final int SIZE_BYTES = 512;

    private static final int FSW = 2;
    private static final int FTW = 4;
    private static final int FOP = 6;
    private static final int FIP = 8;
    private static final int FDP = 16;
    private static final int MXCSR = 24;
    private static final int ST0 = 32;
    private static final int XMM0 = 160;
    private static final int SLOT = 16;
    private static final int X87_REGISTERS = 8;
    private static final int FOP_BITS = 0x7ff;

    private final CpuState cpu;
    private final StateArea area;
    private final boolean wide;

    /** The area at an instruction's memory operand; with REX.W the pointers have 64 bits. */
    LegacyStateArea(Instruction instruction, Context context) {
        this.cpu = context.cpu();
        this.area = new StateArea((MemoryOperand) instruction.operand(0), context);
        this.wide = instruction.form().opcode().rexW();
    }

    StateArea area() {
        return area;
    }

    private static int xmmCount(CpuState cpu) {
        return cpu.in64BitMode() ? 16 : 8;
    }

    void saveX87() {
        area.store(0, 2, cpu.get(MachineRegister.FCW));
        area.store(FSW, 2, cpu.get(MachineRegister.FSW));
        area.store(FTW, 2, cpu.get(MachineRegister.FTW));
        area.store(FOP, 2, cpu.get(MachineRegister.FOP));
        area.store(FIP, 8, pointer(cpu.get(MachineRegister.FIP)));
        area.store(FDP, 8, pointer(cpu.get(MachineRegister.FDP)));
        for (int i = 0; i < X87_REGISTERS; i++) {
            area.store(ST0 + SLOT * i, 8, cpu.get(MachineRegister.x87(i)));
            area.store(ST0 + SLOT * i + 8, 8, cpu.get(high(i)));
        }
    }

    private long pointer(long value) {
        return wide ? value : Width.zeroExtend(value, Integer.BYTES);
    }

    private static MachineRegister high(int number) {
        return MachineRegister.values()[MachineRegister.x87(number).ordinal() + 1];
    }

    void saveMxcsr() {
        area.store(MXCSR, 4, cpu.get(MachineRegister.MXCSR));
        area.store(MXCSR + 4, 4, FloatingPoint.MXCSR_MASK);
    }

    void saveXmm() {
        for (int i = 0; i < xmmCount(cpu); i++) {
            area.store(XMM0 + SLOT * i, 8, cpu.xmmLow(i));
            area.store(XMM0 + SLOT * i + 8, 8, cpu.xmmHigh(i));
        }
    }

    /** #GP(0) on reserved bits. */
    long loadMxcsr() {
        long value = area.load(MXCSR, 4);
        Checks.require((value & ~FloatingPoint.MXCSR_MASK) == 0);
        return value;
    }

    /** All that is to be loaded has been read before: see {@link StateArea#requireReadable}. */
    void restoreX87() {
        cpu.set(MachineRegister.FCW, FloatingPoint.controlWord(area.load(0, 2)));
        cpu.set(MachineRegister.FSW, area.load(FSW, 2));
        cpu.set(MachineRegister.FTW, area.load(FTW, 1));
        cpu.set(MachineRegister.FOP, area.load(FOP, 2) & FOP_BITS);
        cpu.set(MachineRegister.FIP, area.load(FIP, wide ? 8 : 4));
        cpu.set(MachineRegister.FDP, area.load(FDP, wide ? 8 : 4));
        for (int i = 0; i < X87_REGISTERS; i++) {
            cpu.set(MachineRegister.x87(i), area.load(ST0 + SLOT * i, 8));
            cpu.set(high(i), area.load(ST0 + SLOT * i + 8, 2));
        }
    }

    void restoreXmm() {
        for (int i = 0; i < xmmCount(cpu); i++) {
            cpu.setXmm(i, area.load(XMM0 + SLOT * i, 8), area.load(XMM0 + SLOT * i + 8, 8));
        }
    }

    void initializeX87() {
        cpu.set(MachineRegister.FCW, CpuState.FCW_INITIAL);
        cpu.set(MachineRegister.FSW, 0);
        cpu.set(MachineRegister.FTW, 0);
        cpu.set(MachineRegister.FOP, 0);
        cpu.set(MachineRegister.FIP, 0);
        cpu.set(MachineRegister.FDP, 0);
        for (int i = 0; i < X87_REGISTERS; i++) {
            cpu.set(MachineRegister.x87(i), 0);
            cpu.set(high(i), 0);
        }
    }

    void initializeXmm() {
        for (int i = 0; i < xmmCount(cpu); i++) cpu.setXmm(i, 0, 0);
    }

    static boolean isX87Initial(CpuState cpu) {
        if (cpu.get(MachineRegister.FCW) != CpuState.FCW_INITIAL) return false;
        long rest = cpu.get(MachineRegister.FSW)
                | cpu.get(MachineRegister.FTW)
                | cpu.get(MachineRegister.FOP)
                | cpu.get(MachineRegister.FIP)
                | cpu.get(MachineRegister.FDP);
        for (int i = 0; i < X87_REGISTERS; i++) rest |= cpu.get(MachineRegister.x87(i)) | cpu.get(high(i));
        return rest == 0;
    }

    /** Outside 64-bit mode XMM8 to XMM15 do not count. */
    static boolean isXmmInitial(CpuState cpu) {
        long bits = 0;
        for (int i = 0; i < xmmCount(cpu); i++) bits |= cpu.xmmLow(i) | cpu.xmmHigh(i);
        return bits == 0;
    }
}
