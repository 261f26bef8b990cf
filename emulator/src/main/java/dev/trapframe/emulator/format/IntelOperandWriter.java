package dev.trapframe.emulator.format;

import dev.trapframe.emulator.isa.FarPointerOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.GnuRegister;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.jspecify.annotations.Nullable;

/** Intel syntax as GNU objdump writes it. */
final class IntelOperandWriter implements OperandWriter {

    @Override
    public String register(String name) {
        return name;
    }

    @Override
    public String immediate(long value, int sizeBytes) {
        return OperandWriter.hex(OperandWriter.cut(value, sizeBytes));
    }

    @Override
    public String farPointer(FarPointerOperand pointer) {
        return immediate(pointer.selector(), 2) + ":" + immediate(pointer.offset(), 4);
    }

    @Override
    public String memory(MemoryOperand memory, @Nullable SegmentRegister override, Encoded encoded, boolean sized) {
        String size = sized ? sizeName(memory.sizeBytes()) : "";
        if (sized && encoded.namesVectorSizes()) size = vectorSizeName(memory.sizeBytes());
        String segment = override == null ? "" : GnuRegister.name(override) + ":";
        String pseudoIndex = Addresses.pseudoIndex(memory, encoded);
        boolean bare =
                memory.base() == null && memory.index() == null && !memory.ripRelative() && pseudoIndex.isEmpty();
        if (bare) return size + (segment.isEmpty() ? "ds:" : segment) + Addresses.absolute(memory);
        StringBuilder inner = new StringBuilder();
        if (memory.ripRelative()) inner.append(memory.addressSizeBytes() == 8 ? "rip" : "eip");
        if (memory.base() != null) inner.append(register(memory.base(), memory));
        if (memory.index() != null) {
            if (inner.length() > 0) inner.append('+');
            inner.append(encoded.indexName(memory));
            if (memory.addressSizeBytes() > 2) inner.append('*').append(memory.scale());
        }
        if (!pseudoIndex.isEmpty()) {
            if (inner.length() > 0) inner.append('+');
            inner.append(pseudoIndex).append('*').append(1 << encoded.sibScale());
        }
        if (memory.ripRelative()) {
            inner.append('+').append(OperandWriter.hex(memory.displacement()));
        } else if (encoded.hasDisplacement()) {
            String displacement = Addresses.displacement(memory, encoded);
            if (!displacement.startsWith("-")) inner.append('+');
            inner.append(displacement);
        }
        return size + segment + "[" + inner + "]";
    }

    private static String register(GeneralRegister register, MemoryOperand memory) {
        return GnuRegister.name(register, memory.addressSizeBytes(), false);
    }

    /** GNU tools have other words for the same sizes where the operand is no integer. */
    private static String vectorSizeName(int bytes) {
        return switch (bytes) {
            case 10 -> "TBYTE PTR ";
            case 16 -> "XMMWORD PTR ";
            case 32 -> "YMMWORD PTR ";
            default -> sizeName(bytes);
        };
    }

    private static String sizeName(int bytes) {
        return switch (bytes) {
            case 1 -> "BYTE PTR ";
            case 2 -> "WORD PTR ";
            case 4 -> "DWORD PTR ";
            case 6, 10 -> "FWORD PTR ";
            case 8 -> "QWORD PTR ";
            case 16 -> "OWORD PTR ";
            default -> "";
        };
    }

    @Override
    public String implicitMemory(SegmentRegister segment, String register, int sizeBytes) {
        return sizeName(sizeBytes) + GnuRegister.name(segment) + ":[" + register + "]";
    }

    @Override
    public String port() {
        return "dx";
    }

    @Override
    public String debugRegister(int number) {
        return "dr" + number;
    }

    @Override
    public String indirect(String operand) {
        return operand;
    }
}
