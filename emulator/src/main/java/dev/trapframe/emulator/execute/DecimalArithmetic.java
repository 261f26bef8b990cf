package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Rflags;

/**
 * Decimal adjustment of AL and AX; none of it exists in 64-bit mode. Flags that the manual leaves undefined stay.
 *
 * <p>Source: Intel SDM Vol. 1, "Decimal Arithmetic Instructions".
 */
final class DecimalArithmetic {

    private static final long RESULT = Rflags.SF | Rflags.ZF | Rflags.PF;
    private static final long CARRIES = Rflags.CF | Rflags.AF;
    private static final int LOW_DIGIT = 0xf;
    private static final int LARGEST_PACKED = 0x99;

    private DecimalArithmetic() {}

    /** Source: Intel SDM Vol. 2A, DAA. */
    static void daa(Instruction instruction, Context context) {
        adjustPacked(context, 1);
    }

    /** Source: Intel SDM Vol. 2A, DAS. */
    static void das(Instruction instruction, Context context) {
        adjustPacked(context, -1);
    }

    /** Adds or subtracts 6 for each digit that is out of range or carried. */
    private static void adjustPacked(Context context, int direction) {
        CpuState cpu = context.cpu();
        int before = al(cpu);
        boolean carry = cpu.flag(Rflags.CF);
        boolean low = (before & LOW_DIGIT) > 9 || cpu.flag(Rflags.AF);
        boolean high = before > LARGEST_PACKED || carry;
        int after = before + direction * ((low ? 0x6 : 0) + (high ? 0x60 : 0));
        boolean borrowed = direction < 0 && low && (carry || before < 6);
        Registers.write(cpu, GeneralRegister.RAX, Byte.BYTES, after);
        long flags = StatusFlags.ofResult(after, Byte.BYTES)
                | StatusFlags.when(high || borrowed, Rflags.CF)
                | StatusFlags.when(low, Rflags.AF);
        StatusFlags.write(context, RESULT | CARRIES, flags);
    }

    /** Source: Intel SDM Vol. 2A, AAA. */
    static void aaa(Instruction instruction, Context context) {
        adjustUnpacked(context, 0x106);
    }

    /** Source: Intel SDM Vol. 2A, AAS. */
    static void aas(Instruction instruction, Context context) {
        adjustUnpacked(context, -0x106);
    }

    private static void adjustUnpacked(Context context, int step) {
        CpuState cpu = context.cpu();
        boolean adjusts = (al(cpu) & LOW_DIGIT) > 9 || cpu.flag(Rflags.AF);
        long ax = Registers.read(cpu, GeneralRegister.RAX, Short.BYTES) + (adjusts ? step : 0);
        Registers.write(cpu, GeneralRegister.RAX, Short.BYTES, ax & 0xff0f);
        StatusFlags.write(context, CARRIES, StatusFlags.when(adjusts, CARRIES));
    }

    /** The operand is the base, 10 in what assemblers write; 0 raises #DE. Source: Intel SDM Vol. 2A, AAM. */
    static void aam(Instruction instruction, Context context) {
        int base = (int) context.read(instruction.operand(0)) & 0xff;
        if (base == 0) throw new Fault(ExceptionVector.DE);
        int value = al(context.cpu());
        Registers.write(context.cpu(), GeneralRegister.RAX, Short.BYTES, value / base << Byte.SIZE | value % base);
        StatusFlags.write(context, RESULT, StatusFlags.ofResult(value % base, Byte.BYTES));
    }

    /** The operand is the base, 10 in what assemblers write. Source: Intel SDM Vol. 2A, AAD. */
    static void aad(Instruction instruction, Context context) {
        int base = (int) context.read(instruction.operand(0)) & 0xff;
        long ax = Registers.read(context.cpu(), GeneralRegister.RAX, Short.BYTES);
        long value = (ax & 0xff) + (ax >>> Byte.SIZE) * base & 0xff;
        Registers.write(context.cpu(), GeneralRegister.RAX, Short.BYTES, value);
        StatusFlags.write(context, RESULT, StatusFlags.ofResult(value, Byte.BYTES));
    }

    private static int al(CpuState cpu) {
        return (int) Registers.read(cpu, GeneralRegister.RAX, Byte.BYTES);
    }
}
