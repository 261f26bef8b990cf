package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/**
 * Fast system calls: SYSENTER and SYSEXIT here, SYSCALL and SYSRET by delivery. The segments get fixed flat values, no
 * descriptor is read.
 */
final class SystemEntry {

    private static final long LIMIT = 0xffff_ffffL;
    private static final int CODE_64 = 0xa09b;
    private static final int CODE_32 = 0xc09b;
    private static final int STACK = 0xc093;
    private static final int DPL_SHIFT = 5;
    private static final int USER = 3;
    private static final int RPL = 0x3;
    private static final int TO_STACK = 8;
    private static final int TO_USER_32 = 16;
    private static final int TO_USER_64 = 32;

    private SystemEntry() {}

    /** Source: Intel SDM Vol. 2B, SYSCALL. */
    static void syscall(Instruction instruction, Context context) {
        context.fastSystemCall();
    }

    /** Source: Intel SDM Vol. 2B, SYSRET. */
    static void sysret(Instruction instruction, Context context) {
        context.fastSystemReturn(instruction.operandSizeBytes());
    }

    /**
     * #GP(0) if IA32_SYSENTER_CS is null. In IA-32e mode the target is 64-bit code, outside of it 32-bit code.
     *
     * <p>Source: Intel SDM Vol. 2B, SYSENTER.
     */
    static void sysenter(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int selector = kernelSelector(cpu);
        Checks.require(selector != 0);
        boolean to64Bit = cpu.inIa32eMode();
        int size = to64Bit ? Long.BYTES : Integer.BYTES;
        context.jumpFar(Width.zeroExtend(cpu.get(MachineRegister.SYSENTER_EIP), size));
        cpu.setRflags(cpu.rflags() & ~(Rflags.VM | Rflags.IF));
        loadSegments(cpu, selector, to64Bit ? CODE_64 : CODE_32, 0);
        cpu.setRsp(Width.zeroExtend(cpu.get(MachineRegister.SYSENTER_ESP), size));
    }

    /**
     * #GP(0) above CPL 0, if IA32_SYSENTER_CS is null, and to 64-bit code if RCX or RDX is not canonical.
     *
     * <p>Source: Intel SDM Vol. 2B, SYSEXIT.
     */
    static void sysexit(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        CpuState cpu = context.cpu();
        int selector = kernelSelector(cpu);
        Checks.require(selector != 0);
        boolean to64Bit = instruction.operandSizeBytes() == Long.BYTES;
        int size = to64Bit ? Long.BYTES : Integer.BYTES;
        long rsp = Registers.read(cpu, GeneralRegister.RCX, size);
        long target = Registers.read(cpu, GeneralRegister.RDX, size);
        Checks.requireCanonical(context, rsp);
        Checks.requireCanonical(context, target);
        context.jumpFar(target);
        int user = selector + (to64Bit ? TO_USER_64 : TO_USER_32);
        loadSegments(cpu, user | USER, to64Bit ? CODE_64 : CODE_32, USER);
        cpu.setRsp(rsp);
    }

    private static int kernelSelector(CpuState cpu) {
        return (int) cpu.get(MachineRegister.SYSENTER_CS) & 0xffff & ~RPL;
    }

    private static void loadSegments(CpuState cpu, int selector, int code, int cpl) {
        cpu.setSegment(SegmentRegister.CS, new Descriptor(selector, 0, LIMIT, code | cpl << DPL_SHIFT));
        int stackSelector = selector + TO_STACK & 0xffff;
        cpu.setSegment(SegmentRegister.SS, new Descriptor(stackSelector, 0, LIMIT, STACK | cpl << DPL_SHIFT));
        cpu.setCpl(cpl);
    }
}
