package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.Cr4;

/**
 * Whether the control registers let an instruction use the x87, MMX, SSE or AVX unit. #UD comes before #NM.
 *
 * <p>Source: Intel SDM Vol. 2A, "Exceptions Type 4" and its neighbours in "SSE, AVX and AVX-512 Exceptions"; Vol. 3A,
 * "Interrupt 7 - Device Not Available Exception (#NM)".
 */
final class UnitChecks {

    /** XCR0: SSE and AVX. */
    private static final long XCR0_AVX = 0x6;

    /** XCR0: SSE, AVX, opmask and both parts of the ZMM registers. */
    private static final long XCR0_AVX512 = 0xe6;

    private static final long EXCEPTION_FLAGS = 0x3f;

    private UnitChecks() {}

    /** An instruction that the table has for listings only: the faults of its unit, then nothing more is known. */
    static void listed(Instruction instruction, Context context) {
        switch (instruction.form().unit()) {
            case X87 -> requireX87(context);
            case MMX -> requireMmx(context);
            case SSE -> requireSse(context);
            case AVX -> requireAvx(context, XCR0_AVX);
            case AVX512 -> requireAvx(context, XCR0_AVX512);
            case ABSENT -> throw Checks.invalidOpcode();
            case INTEGER -> {
                // always on
            }
        }
        throw new NotEmulated("instruction " + instruction.form().name());
    }

    /** A waiting x87 instruction: #NM if the unit is emulated or not switched in, #MF if it has an exception pending. */
    static void requireX87(Context context) {
        requireX87WithoutWait(context);
        requireNoPendingException(context);
    }

    static void requireX87WithoutWait(Context context) {
        if (isSet(context, Cr0.EM | Cr0.TS)) throw new Fault(ExceptionVector.NM);
    }

    static void requireNoPendingException(Context context) {
        long status = context.cpu().get(MachineRegister.FSW);
        long unmasked = ~context.cpu().get(MachineRegister.FCW);
        if ((status & unmasked & EXCEPTION_FLAGS) != 0) throw new Fault(ExceptionVector.MF);
    }

    private static void requireMmx(Context context) {
        Checks.requireValid(!isSet(context, Cr0.EM));
        requireSwitchedIn(context);
        requireNoPendingException(context);
    }

    static void requireSse(Context context) {
        Checks.requireValid(!isSet(context, Cr0.EM) && ControlRegisters.isSet(context.cpu(), Cr4.OSFXSR));
        requireSwitchedIn(context);
    }

    private static void requireAvx(Context context, long components) {
        Checks.requireValid(ControlRegisters.isSet(context.cpu(), Cr4.OSXSAVE));
        Checks.requireValid((context.cpu().get(MachineRegister.XCR0) & components) == components);
        requireSwitchedIn(context);
    }

    static void requireSwitchedIn(Context context) {
        if (isSet(context, Cr0.TS)) throw new Fault(ExceptionVector.NM);
    }

    private static boolean isSet(Context context, long cr0Bits) {
        return (context.cpu().get(MachineRegister.CR0) & cr0Bits) != 0;
    }
}
