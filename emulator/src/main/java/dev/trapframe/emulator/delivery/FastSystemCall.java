package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Efer;
import dev.trapframe.emulator.state.Rflags;

/**
 * SYSCALL and SYSRET: no descriptor is read, nothing is pushed or popped, RSP stays.
 *
 * <p>Source: Intel SDM Vol. 2B, "SYSCALL" and "SYSRET", Operation.
 */
public final class FastSystemCall {

    private static final int CALL_SELECTORS = 32;
    private static final int RETURN_SELECTORS = 48;
    /** RFLAGS bits that SYSRET takes from R11: all but RF and VM. */
    private static final long RETURN_FLAGS = 0x3c_7fd7;

    private static final long FLAT_LIMIT = 0xffff_ffffL;
    private static final int STACK_ATTRIBUTES = 0xc093;
    private static final int CODE_32_ATTRIBUTES = 0xc09b;
    private static final int DPL_3 = 3 << 5;

    private final CpuState cpu;

    public FastSystemCall(CpuState cpu) {
        this.cpu = cpu;
    }

    /** #UD unless EFER.SCE and 64-bit mode. */
    public void call(long nextRip) {
        requireEnabled();
        long selectors = cpu.get(MachineRegister.STAR) >>> CALL_SELECTORS;
        int code = (int) selectors & 0xfffc;
        int stack = (int) (selectors & 0xffff) + 8 & 0xffff;
        cpu.setGeneral(GeneralRegister.RCX.ordinal(), nextRip);
        cpu.setGeneral(GeneralRegister.R11.ordinal(), cpu.rflags() & ~Rflags.RF);
        long cleared = cpu.get(MachineRegister.SFMASK) | Rflags.RF;
        cpu.setRflags(cpu.rflags() & ~cleared | Rflags.ALWAYS_ONE);
        cpu.setSegment(SegmentRegister.CS, DescriptorTables.flatCode64(code, 0));
        cpu.setSegment(SegmentRegister.SS, new Descriptor(stack, 0, FLAT_LIMIT, STACK_ATTRIBUTES));
        cpu.setCpl(0);
        cpu.setRip(cpu.get(MachineRegister.LSTAR));
    }

    /** #UD unless EFER.SCE and 64-bit mode; #GP(0) above CPL 0, or if a 64-bit return's RCX is not canonical. */
    public void sysret(int operandSizeBytes) {
        requireEnabled();
        if (cpu.cpl() != 0) throw new Fault(ExceptionVector.GP);
        boolean to64Bit = operandSizeBytes == Long.BYTES;
        long target = cpu.general(GeneralRegister.RCX.ordinal());
        if (to64Bit && !cpu.isCanonical(target)) throw new Fault(ExceptionVector.GP);

        int base = (int) (cpu.get(MachineRegister.STAR) >>> RETURN_SELECTORS);
        int code = (to64Bit ? base + 16 : base) & 0xffff | 3;
        int stack = base + 8 & 0xffff | 3;
        long flags = cpu.general(GeneralRegister.R11.ordinal()) & RETURN_FLAGS | Rflags.ALWAYS_ONE;
        cpu.setRflags(flags);
        cpu.setSegment(
                SegmentRegister.CS,
                to64Bit
                        ? DescriptorTables.flatCode64(code, 3)
                        : new Descriptor(code, 0, FLAT_LIMIT, CODE_32_ATTRIBUTES | DPL_3));
        cpu.setSegment(SegmentRegister.SS, new Descriptor(stack, 0, FLAT_LIMIT, STACK_ATTRIBUTES | DPL_3));
        cpu.setCpl(3);
        cpu.setRip(to64Bit ? target : target & 0xffff_ffffL);
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.Returned(code, cpu.rip(), 0, 3));
    }

    private void requireEnabled() {
        boolean enabled = (cpu.get(MachineRegister.EFER) & Efer.SCE) != 0;
        if (!enabled || !cpu.in64BitMode()) throw new Fault(ExceptionVector.UD);
    }
}
