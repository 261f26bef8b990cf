package dev.trapframe.emulator.format;

import dev.trapframe.emulator.isa.FarPointerOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.GnuRegister;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.jspecify.annotations.Nullable;

/** AT&T syntax. */
final class AttOperandWriter implements OperandWriter {

    @Override
    public String register(String name) {
        return "%" + name;
    }

    @Override
    public String immediate(long value, int sizeBytes) {
        return "$" + OperandWriter.hex(OperandWriter.cut(value, sizeBytes));
    }

    @Override
    public String farPointer(FarPointerOperand pointer) {
        return immediate(pointer.selector(), 2) + "," + immediate(pointer.offset(), 4);
    }

    @Override
    public String memory(MemoryOperand memory, @Nullable SegmentRegister override, Encoded encoded, boolean sized) {
        StringBuilder text = new StringBuilder();
        if (override != null)
            text.append('%').append(GnuRegister.name(override)).append(':');
        String pseudoIndex = Addresses.pseudoIndex(memory, encoded);
        boolean bare =
                memory.base() == null && memory.index() == null && !memory.ripRelative() && pseudoIndex.isEmpty();
        if (bare) return text.append(Addresses.signedIf16(memory)).toString();
        if (encoded.hasDisplacement()) text.append(Addresses.displacement(memory, encoded));
        text.append('(');
        if (memory.ripRelative()) text.append(memory.addressSizeBytes() == 8 ? "%rip" : "%eip");
        if (memory.base() != null) text.append(register(memory.base(), memory));
        if (memory.index() != null) {
            text.append(',').append(register(memory.index(), memory));
            if (memory.addressSizeBytes() > 2) text.append(',').append(memory.scale());
        }
        if (!pseudoIndex.isEmpty())
            text.append(",%").append(pseudoIndex).append(',').append(1 << encoded.sibScale());
        return text.append(')').toString();
    }

    private static String register(GeneralRegister register, MemoryOperand memory) {
        return "%" + GnuRegister.name(register, memory.addressSizeBytes(), false);
    }

    @Override
    public String implicitMemory(SegmentRegister segment, String register, int sizeBytes) {
        return "%" + GnuRegister.name(segment) + ":(%" + register + ")";
    }

    @Override
    public String port() {
        return "(%dx)";
    }

    @Override
    public String debugRegister(int number) {
        return "%db" + number;
    }

    @Override
    public String indirect(String operand) {
        return "*" + operand;
    }
}
