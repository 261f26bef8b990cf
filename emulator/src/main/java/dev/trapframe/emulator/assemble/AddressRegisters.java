package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import org.jspecify.annotations.Nullable;

/** What base, index and scale of one operand add up to; checks them, and makes a memory operand of them. */
final class AddressRegisters {

    private final int column;
    private final CodeBits bits;
    private @Nullable RegisterOperand base;
    private @Nullable RegisterOperand index;
    private int scale = 1;
    private int ripBytes;
    private int noIndexBytes;

    AddressRegisters(int column, CodeBits bits) {
        this.column = column;
        this.bits = bits;
    }

    /** A register that is not scaled: base, or index if there is a base. RSP can be the base only, so it changes places. */
    void add(RegisterOperand register, int at) {
        if (base == null) {
            base = register;
        } else if (register.register() == GeneralRegister.RSP && base.register() != GeneralRegister.RSP) {
            RegisterOperand other = base;
            base = register;
            scaled(other, 1, at);
        } else {
            scaled(register, 1, at);
        }
    }

    void scaled(RegisterOperand register, int factor, int at) {
        if (index != null || noIndexBytes != 0) throw new SourceError(at, "an address has one base and one index");
        index = register;
        scale = factor;
    }

    /** {@code riz} or {@code eiz}. */
    void noIndex(int sizeBytes, int factor) {
        noIndexBytes = sizeBytes;
        scale = factor;
    }

    /** {@code rip} or {@code eip}. */
    void instructionPointer(int sizeBytes, int at) {
        if (bits == CodeBits.BITS_32) throw new SourceError(at, "RIP-relative addresses exist in 64-bit mode only");
        ripBytes = sizeBytes;
    }

    boolean isEmpty() {
        return base == null && index == null && ripBytes == 0 && noIndexBytes == 0;
    }

    SourceOperand.Memory memory(
            @Nullable SegmentRegister segment, @Nullable Expression displacement, int sizeBytes, boolean indirect) {
        check();
        if (ripBytes != 0 && (base != null || index != null)) {
            throw new SourceError(column, "RIP has neither another base nor an index beside it");
        }
        GeneralRegister indexRegister = index == null ? null : index.register();
        if (noIndexBytes != 0) indexRegister = SourceOperand.Memory.NO_INDEX;
        return new SourceOperand.Memory(
                column,
                segment,
                base == null ? null : base.register(),
                indexRegister,
                scale,
                displacement,
                ripBytes != 0,
                ripBytes != 0 ? ripBytes : addressBytes(),
                sizeBytes,
                indirect,
                false);
    }

    private int addressBytes() {
        if (base != null) return base.sizeBytes();
        return index != null ? index.sizeBytes() : noIndexBytes;
    }

    private void check() {
        if (Integer.bitCount(scale) != 1 || scale > Long.BYTES || scale < 1) {
            throw new SourceError(column, "the scale is 1, 2, 4 or 8, not " + scale);
        }
        int other = index != null ? index.sizeBytes() : noIndexBytes;
        if (base != null && other != 0 && base.sizeBytes() != other) {
            throw new SourceError(column, "base and index have different sizes");
        }
        if (base == null && index == null) return;
        int bytes = addressBytes();
        if (bytes == Short.BYTES && bits == CodeBits.BITS_32) {
            check16();
            return;
        }
        if (bytes < Integer.BYTES) {
            throw new SourceError(
                    column,
                    bits == CodeBits.BITS_64
                            ? "an address in 64-bit mode needs 64-bit or 32-bit registers"
                            : "an address in 32-bit mode needs 32-bit or 16-bit registers");
        }
        if (index != null && index.register() == GeneralRegister.RSP) {
            throw new SourceError(column, "the stack pointer cannot be an index");
        }
    }

    /** (BX or BP) + (SI or DI), each may be missing. */
    private void check16() {
        if (base == null || scale != 1) throw wrong16();
        GeneralRegister first = base.register();
        boolean pointer = first == GeneralRegister.RBX || first == GeneralRegister.RBP;
        boolean string = first == GeneralRegister.RSI || first == GeneralRegister.RDI;
        if (index == null ? !pointer && !string : !pointer || !isString(index.register())) throw wrong16();
    }

    private static boolean isString(GeneralRegister register) {
        return register == GeneralRegister.RSI || register == GeneralRegister.RDI;
    }

    private SourceError wrong16() {
        return new SourceError(column, "a 16-bit address is BX or BP, SI or DI, or one of each in this order");
    }
}
