package dev.trapframe.emulator.device;

import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;

/**
 * The registers of the local APIC as MSRs 0x800 to 0x8ff. What is not there, is read-only, or has reserved bits raises #GP(0)
 * instead of being dropped.
 *
 * <p>Source: Intel SDM Vol. 3A, "Extended XAPIC (x2APIC)", table "Local APIC Register Address Map Supported by x2APIC",
 * "x2APIC Register Availability".
 */
public final class X2ApicRegisters {

    /** MSR of register 0. */
    public static final int FIRST = 0x800;

    public static final int LAST = 0x8ff;

    private static final int SELF_IPI = 0x3f;
    /** Bits of each local vector that are not reserved, its read-only ones included. */
    private static final int[] LOCAL_VECTOR_DEFINED = {
        0x7_10ff, 0x1_17ff, 0x1_17ff, 0x1_f7ff, 0x1_f7ff, 0x1_10ff,
    };

    private final LocalApic apic;

    X2ApicRegisters(LocalApic apic) {
        this.apic = apic;
    }

    /** RDMSR: 32 bits, of ICR 64. */
    public long read(int msr) {
        int register = msr - FIRST;
        require(apic.isX2Apic() && isReadable(register));
        return register == LocalApic.INTERRUPT_COMMAND ? apic.command() : apic.read(register) & 0xffff_ffffL;
    }

    /** WRMSR. */
    public void write(int msr, long value) {
        int register = msr - FIRST;
        require(apic.isX2Apic() && (value & ~writable(register)) == 0);
        switch (register) {
            case LocalApic.INTERRUPT_COMMAND -> apic.sendCommand(value);
            case SELF_IPI -> apic.sendSelf((int) value);
            default -> apic.write(register, (int) value);
        }
    }

    private static boolean isReadable(int register) {
        if (register >= LocalApic.IN_SERVICE && register <= LocalApic.ERROR_STATUS) return true;
        if (register >= LocalApic.TIMER && register <= LocalApic.ERROR) return true;
        return switch (register) {
            case LocalApic.ID,
                    LocalApic.VERSION,
                    LocalApic.TASK_PRIORITY,
                    LocalApic.PROCESSOR_PRIORITY,
                    LocalApic.LOGICAL_DESTINATION,
                    LocalApic.SPURIOUS_VECTOR,
                    LocalApic.INTERRUPT_COMMAND,
                    LocalApic.INITIAL_COUNT,
                    LocalApic.CURRENT_COUNT,
                    LocalApic.DIVIDE_CONFIGURATION -> true;
            default -> false;
        };
    }

    /** Bits that may be 1; #GP(0) if the register may not be written at all. */
    private static long writable(int register) {
        if (register >= LocalApic.TIMER && register <= LocalApic.ERROR) {
            return LOCAL_VECTOR_DEFINED[register - LocalApic.TIMER];
        }
        return switch (register) {
            case LocalApic.TASK_PRIORITY, SELF_IPI -> 0xff;
            case LocalApic.END_OF_INTERRUPT, LocalApic.ERROR_STATUS -> 0;
            case LocalApic.SPURIOUS_VECTOR -> 0x3ff;
            case LocalApic.INTERRUPT_COMMAND -> ApicCommand.WRITABLE;
            case LocalApic.INITIAL_COUNT -> 0xffff_ffffL;
            case LocalApic.DIVIDE_CONFIGURATION -> 0xb;
            default -> throw new Fault(ExceptionVector.GP);
        };
    }

    private static void require(boolean condition) {
        if (!condition) throw new Fault(ExceptionVector.GP);
    }
}
