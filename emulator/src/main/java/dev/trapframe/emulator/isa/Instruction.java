package dev.trapframe.emulator.isa;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One decoded instruction: everything its bytes say and nothing that depends on where it stands, so that it can be cached.
 *
 * <p>Immutable. A plain final class and not a record because it is read on the hot path: {@link #operand} is an array
 * access.
 */
public final class Instruction {

    private static final int FULL_WIDTH_BYTES = 4;

    private final InstructionForm form;
    private final int lengthBytes;
    private final int operandSizeBytes;
    private final int addressSizeBytes;
    private final RepeatPrefix repeat;
    private final boolean lock;
    private final @Nullable SegmentRegister segmentOverride;
    private final long bytesLow;
    private final long bytesHigh;
    private final Operand[] operands;

    /** An instruction that was not decoded: it has no bytes. */
    public Instruction(
            InstructionForm form,
            int lengthBytes,
            int operandSizeBytes,
            int addressSizeBytes,
            RepeatPrefix repeat,
            boolean lock,
            @Nullable SegmentRegister segmentOverride,
            Operand... operands) {
        this(
                form,
                lengthBytes,
                operandSizeBytes,
                addressSizeBytes,
                repeat,
                lock,
                segmentOverride,
                0,
                0,
                operands.clone());
    }

    /**
     * @param bytesLow  the first eight bytes, the first one lowest
     * @param bytesHigh the others
     * @param operands  not copied: the caller hands the array over
     */
    public Instruction(
            InstructionForm form,
            int lengthBytes,
            int operandSizeBytes,
            int addressSizeBytes,
            RepeatPrefix repeat,
            boolean lock,
            @Nullable SegmentRegister segmentOverride,
            long bytesLow,
            long bytesHigh,
            Operand[] operands) {
        this.form = form;
        this.lengthBytes = lengthBytes;
        this.operandSizeBytes = operandSizeBytes;
        this.addressSizeBytes = addressSizeBytes;
        this.repeat = repeat;
        this.lock = lock;
        this.segmentOverride = segmentOverride;
        this.bytesLow = bytesLow;
        this.bytesHigh = bytesHigh;
        this.operands = operands;
    }

    /** The row of the instruction table that these bytes match. */
    public InstructionForm form() {
        return form;
    }

    public Mnemonic mnemonic() {
        return form.mnemonic();
    }

    /** 1 to 15. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** Width of the operation: 1, 2, 4 or 8; for PUSH, POP, near CALL and RET in 64-bit mode 8 (or 2), REX or not. */
    public int operandSizeBytes() {
        return operandSizeBytes;
    }

    /** 2, 4 or 8: also the width of RCX, RSI and RDI in string and loop instructions. */
    public int addressSizeBytes() {
        return addressSizeBytes;
    }

    public RepeatPrefix repeat() {
        return repeat;
    }

    public boolean lock() {
        return lock;
    }

    /** The segment override prefix that counts in this mode, null if none: string instructions need it. */
    public @Nullable SegmentRegister segmentOverride() {
        return segmentOverride;
    }

    /** The byte at {@code index}, 0 to 255. */
    public int byteAt(int index) {
        return (int) ((index < Long.BYTES ? bytesLow : bytesHigh) >>> Byte.SIZE * (index & 7)) & 0xFF;
    }

    public int operandCount() {
        return operands.length;
    }

    /** The operand at {@code index}, in the manual's order: 0 is the destination. */
    public Operand operand(int index) {
        return operands[index];
    }

    public List<Operand> operands() {
        return List.of(operands);
    }

    /**
     * The registers on which the result depends: bit n is general register n, bit 16 is RFLAGS. Rather one too many than
     * one too few. A destination of 8 or 16 bits counts: the rest of the register stays.
     */
    public int registersRead() {
        int mask = form.implicitReads();
        if (repeat != RepeatPrefix.NONE && form.has(FormAttribute.STRING)) mask |= 1 << GeneralRegister.RCX.ordinal();
        if (isZeroing()) return mask;
        List<OperandSpec> specs = form.operands();
        for (int i = 0; i < operands.length; i++) {
            if (operands[i] instanceof MemoryOperand memory) mask |= addressRegisters(memory, specs.get(i));
            else if (operands[i] instanceof RegisterOperand register && reads(specs.get(i), register)) {
                mask |= 1 << register.register().ordinal();
            }
        }
        return mask;
    }

    private static boolean reads(OperandSpec spec, RegisterOperand register) {
        return spec.read() || spec.written() && register.sizeBytes() < FULL_WIDTH_BYTES;
    }

    /** XOR and SUB of a register with itself: the result is zero whatever the register holds. */
    private boolean isZeroing() {
        if (mnemonic() != Mnemonic.XOR && mnemonic() != Mnemonic.SUB) return false;
        return operandSizeBytes >= FULL_WIDTH_BYTES && operands[0].equals(operands[1]);
    }

    private static int addressRegisters(MemoryOperand memory, OperandSpec spec) {
        int mask = 0;
        if (memory.base() != null) mask |= 1 << memory.base().ordinal();
        boolean vectorIndex = spec.kind() == OperandKind.VECTOR_INDEXED_MEMORY;
        if (memory.index() != null && !vectorIndex) mask |= 1 << memory.index().ordinal();
        return mask;
    }

    @Override
    public String toString() {
        return mnemonic() + " " + List.of(operands);
    }
}
