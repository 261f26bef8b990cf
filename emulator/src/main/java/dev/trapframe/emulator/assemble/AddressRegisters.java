package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.jspecify.annotations.Nullable;

/** Checks base, index and scale, and makes a memory operand of them. */
final class AddressRegisters {

    private static final int MIN_BYTES = 4;

    private AddressRegisters() {}

    static SourceOperand.Memory memory(
            int column,
            @Nullable SegmentRegister segment,
            @Nullable RegisterOperand base,
            @Nullable RegisterOperand index,
            int scale,
            @Nullable Expression displacement,
            int sizeBytes,
            boolean indirect) {
        if (Integer.bitCount(scale) != 1 || scale > Long.BYTES) {
            throw new SourceError(column, "the scale is 1, 2, 4 or 8, not " + scale);
        }
        if (base != null && index != null && base.sizeBytes() != index.sizeBytes()) {
            throw new SourceError(column, "base and index have different sizes");
        }
        RegisterOperand any = base != null ? base : index;
        int addressSize = any == null ? 0 : any.sizeBytes();
        if (any != null && addressSize < MIN_BYTES) {
            throw new SourceError(column, "an address in 64-bit mode needs 64-bit or 32-bit registers");
        }
        if (index != null && index.register() == GeneralRegister.RSP) {
            throw new SourceError(column, "the stack pointer cannot be an index");
        }
        return new SourceOperand.Memory(
                column,
                segment,
                base == null ? null : base.register(),
                index == null ? null : index.register(),
                scale,
                displacement,
                false,
                addressSize,
                sizeBytes,
                indirect,
                false);
    }
}
