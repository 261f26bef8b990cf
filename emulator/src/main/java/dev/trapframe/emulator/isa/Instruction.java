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

    private final InstructionForm form;
    private final int lengthBytes;
    private final int operandSizeBytes;
    private final int addressSizeBytes;
    private final RepeatPrefix repeat;
    private final boolean lock;
    private final @Nullable SegmentRegister segmentOverride;
    private final Operand[] operands;

    public Instruction(
            InstructionForm form,
            int lengthBytes,
            int operandSizeBytes,
            int addressSizeBytes,
            RepeatPrefix repeat,
            boolean lock,
            @Nullable SegmentRegister segmentOverride,
            Operand... operands) {
        this.form = form;
        this.lengthBytes = lengthBytes;
        this.operandSizeBytes = operandSizeBytes;
        this.addressSizeBytes = addressSizeBytes;
        this.repeat = repeat;
        this.lock = lock;
        this.segmentOverride = segmentOverride;
        this.operands = operands.clone();
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
}
