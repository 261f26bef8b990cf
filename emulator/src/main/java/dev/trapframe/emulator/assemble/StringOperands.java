package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import java.util.List;

/**
 * The operands that source may write for string instructions and XLAT: they only confirm what the instruction does, and
 * tell segment and address size.
 */
final class StringOperands {

    private StringOperands() {}

    /** False if the instruction cannot mean these operands. */
    static boolean fit(InstructionForm form, List<SourceOperand> operands) {
        for (SourceOperand operand : operands) {
            if (operand instanceof SourceOperand.Immediate || operand instanceof SourceOperand.FarPointer) return false;
            if (operand instanceof SourceOperand.Register register && !fits(form, register)) return false;
            if (operand instanceof SourceOperand.Memory memory && !fits(form, memory)) return false;
        }
        return true;
    }

    private static boolean fits(InstructionForm form, SourceOperand.Register register) {
        if (!(register.operand() instanceof RegisterOperand general)) return false;
        if (general.register() == GeneralRegister.RDX) return general.sizeBytes() == 2;
        return general.register() == GeneralRegister.RAX
                && general.sizeBytes() == form.size().bytes();
    }

    private static boolean fits(InstructionForm form, SourceOperand.Memory memory) {
        boolean size =
                memory.sizeBytes() == 0 || memory.sizeBytes() == form.size().bytes();
        boolean plain = memory.index() == null && memory.base() != null;
        boolean destination = memory.base() == GeneralRegister.RDI;
        boolean source = memory.base() == GeneralRegister.RSI || memory.base() == GeneralRegister.RBX;
        boolean segment = !destination || memory.segment() == null || memory.segment() == SegmentRegister.ES;
        return size && plain && segment && (destination || source);
    }

    /** Notes the prefixes that the operands ask for. */
    static void apply(List<SourceOperand> operands, Prefixes prefixes, CodeBits bits) {
        for (SourceOperand operand : operands) {
            if (!(operand instanceof SourceOperand.Memory memory)) continue;
            prefixes.addressSize(memory.addressSizeBytes(), bits);
            boolean source = memory.base() != GeneralRegister.RDI;
            if (source && memory.segment() != null && memory.segment() != SegmentRegister.DS) {
                prefixes.segment(memory.segment());
            }
        }
    }
}
