package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.DebugBits;

/**
 * MOV to and from debug registers.
 *
 * <p>Source: Intel SDM Vol. 2B, "MOV—Move to/from Debug Registers"; Vol. 3B, "Debug Registers".
 */
final class DebugRegisters {

    private static final long DR6_WRITABLE = 0xe00f;
    private static final long DR6_ALWAYS_ONE = 0xffff_0ff0L;
    private static final long DR7_WRITABLE = 0xffff_23ffL;
    private static final long DR7_ALWAYS_ONE = 0x400;

    private DebugRegisters() {}

    /** #UD for DR4 and DR5 with CR4.DE, #GP(0) above CPL 0, #DB with DR7.GD. Source: Intel SDM Vol. 2B, MOV. */
    static void movFrom(Instruction instruction, Context context) {
        MachineRegister source = checked(context, (DebugRegisterOperand) instruction.operand(1));
        context.write(instruction.operand(0), context.cpu().get(source));
    }

    /**
     * As {@link #movFrom}; #GP(0) too if the upper half of DR6 or DR7 would not be 0.
     *
     * <p>Source: Intel SDM Vol. 2B, MOV.
     */
    static void movTo(Instruction instruction, Context context) {
        MachineRegister destination = checked(context, (DebugRegisterOperand) instruction.operand(0));
        long value = context.read(instruction.operand(1));
        boolean address = destination.compareTo(MachineRegister.DR3) <= 0;
        Checks.require(address || value >>> Integer.SIZE == 0);
        context.cpu()
                .set(
                        destination,
                        switch (destination) {
                            case DR6 -> value & DR6_WRITABLE | DR6_ALWAYS_ONE;
                            case DR7 -> value & DR7_WRITABLE | DR7_ALWAYS_ONE;
                            default -> value;
                        });
    }

    private static MachineRegister checked(Context context, DebugRegisterOperand operand) {
        CpuState cpu = context.cpu();
        boolean alias = operand.number() == 4 || operand.number() == 5;
        Checks.requireValid(!alias || !ControlRegisters.isSet(cpu, Cr4.DE));
        Checks.requireCpl0(context);
        if ((cpu.get(MachineRegister.DR7) & DebugBits.DR7_GD) != 0) {
            cpu.set(MachineRegister.DR6, cpu.get(MachineRegister.DR6) | DebugBits.DR6_BD);
            throw new Fault(ExceptionVector.DB);
        }
        return registerOf(operand.number());
    }

    private static MachineRegister registerOf(int number) {
        return switch (number) {
            case 0 -> MachineRegister.DR0;
            case 1 -> MachineRegister.DR1;
            case 2 -> MachineRegister.DR2;
            case 3 -> MachineRegister.DR3;
            case 4, 6 -> MachineRegister.DR6;
            case 5, 7 -> MachineRegister.DR7;
            default -> throw Checks.invalidOpcode();
        };
    }
}
