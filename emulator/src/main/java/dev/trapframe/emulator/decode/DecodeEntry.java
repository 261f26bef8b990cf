package dev.trapframe.emulator.decode;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterFile;
import org.jspecify.annotations.Nullable;

/**
 * The form of one cell of the index. Conditions that the cell's coordinates do not
 * hold (address size, REX.B) are asked here; {@code next} is tried if they fail.
 */
final class DecodeEntry {

    final InstructionForm form;
    final @Nullable DecodeEntry next;
    final OperandSpec[] operands;
    final boolean lockable;
    final boolean repeatable;
    final boolean needsRexBClear;
    final int addressSizeBytes;
    final boolean usesVvvv;
    final boolean needsSib;
    /** Index of the operand whose byte is the last of the instruction, whatever its place in the text; -1: all in order. */
    final int lastOperand;
    /** The registers of reg, vvvv and rm or index have to be three. */
    final boolean needsDistinct;

    DecodeEntry(InstructionForm form, @Nullable DecodeEntry next) {
        this.form = form;
        this.next = next;
        operands = form.operands().toArray(OperandSpec[]::new);
        lockable = form.has(FormAttribute.LOCK);
        repeatable = form.has(FormAttribute.REP) || form.has(FormAttribute.REPE);
        needsRexBClear = form.has(FormAttribute.NOREXB);
        addressSizeBytes = addressSize(form);
        lastOperand = form.operands().stream().map(OperandSpec::kind).toList().indexOf(OperandKind.VECTOR_IS4);
        needsSib = form.has(FormAttribute.SIB);
        usesVvvv = form.operands().stream().anyMatch(spec -> spec.kind().isInVvvv());
        needsDistinct = usesVvvv && form.operands().stream().anyMatch(DecodeEntry::isMultiple);
    }

    /** Elements that are gathered, or tiles that are multiplied. */
    private static boolean isMultiple(OperandSpec spec) {
        return spec.kind() == OperandKind.VECTOR_INDEXED_MEMORY || spec.file() == RegisterFile.TMM;
    }

    private static int addressSize(InstructionForm form) {
        if (form.has(FormAttribute.A16)) return 2;
        if (form.has(FormAttribute.A32)) return 4;
        return form.has(FormAttribute.A64) ? 8 : 0;
    }

    static boolean isConditional(InstructionForm form) {
        return form.has(FormAttribute.NOREXB) || addressSize(form) != 0;
    }

    boolean accepts(int addressSize, boolean rexB) {
        if (needsRexBClear && rexB) return false;
        return addressSizeBytes == 0 || addressSizeBytes == addressSize;
    }
}
