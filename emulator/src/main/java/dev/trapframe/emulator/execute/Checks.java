package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/** Conditions that many instructions ask for, and the faults they raise. */
final class Checks {

    private Checks() {}

    static Fault invalidOpcode() {
        return new Fault(ExceptionVector.UD);
    }

    static Fault generalProtection() {
        return new Fault(ExceptionVector.GP, 0);
    }

    /** #UD if the condition does not hold. */
    static void requireValid(boolean condition) {
        if (!condition) throw invalidOpcode();
    }

    /** #GP(0) if the condition does not hold. */
    static void require(boolean condition) {
        if (!condition) throw generalProtection();
    }

    /** #GP(0) above CPL 0. */
    static void requireCpl0(Context context) {
        require(context.cpu().cpl() == 0);
    }

    /** #GP(0) if the address is not canonical. */
    static void requireCanonical(Context context, long linear) {
        require(context.cpu().isCanonical(linear));
    }

    /** True if RFLAGS.IOPL lets the current privilege level use I/O and change IF. */
    static boolean isIoPrivileged(CpuState cpu) {
        return cpu.cpl() <= (cpu.rflags() & Rflags.IOPL) >>> Rflags.IOPL_SHIFT;
    }
}
