package dev.trapframe.emulator.decode;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.MissingForm;
import dev.trapframe.emulator.isa.OperandSpec;
import org.jspecify.annotations.Nullable;

/**
 * What one cell of the index says: a form, or that the encoding is missing. Conditions that the cell's coordinates do not
 * hold (address size, REX.B) are asked here; {@code next} is tried if they fail.
 */
final class DecodeEntry {

    private static final OperandSpec[] NO_OPERANDS = {};

    final @Nullable InstructionForm form;
    final @Nullable DecodeEntry next;
    final DecodeResult result;
    final boolean vex;
    final OperandSpec[] operands;
    final boolean lockable;
    final boolean repeatable;
    final boolean needsRexBClear;
    final int addressSizeBytes;
    final boolean usesVvvv;

    DecodeEntry(InstructionForm form, @Nullable DecodeEntry next) {
        this.form = form;
        this.next = next;
        result = new DecodeResult.Undefined();
        vex = false;
        operands = form.operands().toArray(OperandSpec[]::new);
        lockable = form.has(FormAttribute.LOCK);
        repeatable = form.has(FormAttribute.REP) || form.has(FormAttribute.REPE);
        needsRexBClear = form.has(FormAttribute.NOREXB);
        addressSizeBytes = addressSize(form);
        usesVvvv = form.operands().stream().anyMatch(spec -> spec.kind().isInVvvv());
    }

    DecodeEntry(MissingForm missing) {
        form = null;
        next = null;
        result = new DecodeResult.NotEmulated(missing.what());
        vex = missing.vex();
        operands = NO_OPERANDS;
        lockable = false;
        repeatable = false;
        needsRexBClear = false;
        addressSizeBytes = 0;
        usesVvvv = false;
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
