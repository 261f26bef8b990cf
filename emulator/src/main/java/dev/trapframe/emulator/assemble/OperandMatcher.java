package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Tells whether written operands fit a form, and puts them into the form's order and number. */
final class OperandMatcher {

    private static final int MAX_IMMEDIATE_BYTES = 4;

    private OperandMatcher() {}

    /** The operands as the form has them; empty if they do not fit. */
    static Optional<List<SourceOperand>> match(InstructionForm form, List<SourceOperand> written, CodeBits bits) {
        List<SourceOperand> operands = adapted(form, written);
        if (bits == CodeBits.BITS_64 && isExchangeOfEax(form, operands)) return Optional.empty();
        if (fits(form, operands)) return Optional.of(operands);
        boolean symmetric = form.mnemonic() == Mnemonic.XCHG || form.mnemonic() == Mnemonic.TEST;
        if (!symmetric || operands.size() != 2) return Optional.empty();
        List<SourceOperand> swapped = new ArrayList<>(operands);
        Collections.reverse(swapped);
        return fits(form, swapped) ? Optional.of(swapped) : Optional.empty();
    }

    /** What GNU source may leave out: the count 1 of a shift, the first source of IMUL, the 10 of AAM. */
    private static List<SourceOperand> adapted(InstructionForm form, List<SourceOperand> written) {
        if (form.has(FormAttribute.SHIFT1) && written.size() == 1) {
            return List.of(written.get(0), new SourceOperand.Immediate(0, new Expression.Constant(1)));
        }
        if (form.mnemonic() == Mnemonic.IMUL && form.operands().size() == 3 && written.size() == 2) {
            return List.of(written.get(0), written.get(0), written.get(1));
        }
        boolean decimal = form.mnemonic() == Mnemonic.AAM || form.mnemonic() == Mnemonic.AAD;
        if (decimal && written.isEmpty()) return List.of(new SourceOperand.Immediate(0, new Expression.Constant(10)));
        return written;
    }

    private static boolean fits(InstructionForm form, List<SourceOperand> operands) {
        List<OperandSpec> specs = form.operands();
        if (specs.size() != operands.size()) return false;
        for (int i = 0; i < specs.size(); i++) {
            if (!fits(form, specs.get(i), operands.get(i))) return false;
        }
        return true;
    }

    /** In 64-bit mode 90 is NOP and would not clear the upper half. */
    private static boolean isExchangeOfEax(InstructionForm form, List<SourceOperand> operands) {
        boolean eax = form.mnemonic() == Mnemonic.XCHG
                && form.opcode().registerInOpcode()
                && form.size() == OperandSize.DOUBLEWORD
                && operands.size() == 2;
        return eax
                && operands.get(0) instanceof SourceOperand.Register a
                && operands.get(1) instanceof SourceOperand.Register b
                && a.operand().equals(b.operand());
    }

    /** Whether one operand fits its place in a form. */
    static boolean fits(InstructionForm form, OperandSpec spec, SourceOperand operand) {
        if (operand instanceof SourceOperand.Register register) return fitsRegister(form, spec, register);
        if (operand instanceof SourceOperand.Immediate immediate) return fitsImmediate(form, spec, immediate);
        if (operand instanceof SourceOperand.FarPointer) return spec.kind() == OperandKind.FAR_POINTER;
        SourceOperand.Memory memory = (SourceOperand.Memory) operand;
        if (spec.kind() == OperandKind.RELATIVE) return memory.bare();
        if (!spec.kind().isMemoryPossible()) return false;
        boolean indirect = form.has(FormAttribute.INDIRECT);
        if (indirect && memory.bare() || !indirect && memory.indirect()) return false;
        boolean address = spec.memoryBytes() == 1 && !spec.read() && !spec.written();
        boolean anySize = spec.memoryBytes() == 0 || address;
        if (memory.sizeBytes() != 0 && memory.sizeBytes() != spec.memoryBytes() && !anySize) return false;
        return spec.kind() != OperandKind.MEMORY_OFFSET || memory.isAbsolute();
    }

    private static boolean fitsRegister(InstructionForm form, OperandSpec spec, SourceOperand.Register register) {
        if (register.indirect() && !form.has(FormAttribute.INDIRECT)) return false;
        if (register.operand() instanceof SegmentRegisterOperand segment) return fitsSegment(spec, segment.register());
        if (register.operand() instanceof ControlRegisterOperand) return spec.kind() == OperandKind.CONTROL_REGISTER;
        if (register.operand() instanceof DebugRegisterOperand) return spec.kind() == OperandKind.DEBUG_REGISTER;
        RegisterOperand general = (RegisterOperand) register.operand();
        boolean width =
                general.sizeBytes() == spec.registerBytes() || form.has(FormAttribute.WIDE) && isWide(spec, general);
        return switch (spec.kind()) {
            case REGISTER, RM_REGISTER, OPCODE_REGISTER, REGISTER_OR_MEMORY -> width;
            case FIXED_REGISTER ->
                width && !general.highByte() && general.register().ordinal() == spec.fixedRegister();
            default -> false;
        };
    }

    /** GNU as takes any register for a selector and writes no prefix; a 16-bit one only as a source. */
    private static boolean isWide(OperandSpec spec, RegisterOperand register) {
        return register.sizeBytes() == Long.BYTES || spec.read() && register.sizeBytes() == Short.BYTES;
    }

    private static boolean fitsSegment(OperandSpec spec, SegmentRegister segment) {
        if (spec.kind() == OperandKind.FIXED_SEGMENT_REGISTER) return segment.ordinal() == spec.fixedRegister();
        return spec.kind() == OperandKind.SEGMENT_REGISTER && !(spec.written() && segment == SegmentRegister.CS);
    }

    private static boolean fitsImmediate(InstructionForm form, OperandSpec spec, SourceOperand.Immediate immediate) {
        if (spec.kind() == OperandKind.ONE) {
            return immediate.value() instanceof Expression.Constant constant && constant.value() == 1;
        }
        if (spec.kind() == OperandKind.RELATIVE) return true;
        if (!spec.kind().isImmediate()) return false;
        int width = width(form, spec);
        if (!(immediate.value() instanceof Expression.Constant constant)) {
            boolean whole = spec.encodedBytes() >= Math.min(width, MAX_IMMEDIATE_BYTES);
            return whole || spec.kind() == OperandKind.UNSIGNED_IMMEDIATE;
        }
        if (Fixup.Range.ANY.complaint(constant.value(), width) != null) return false;
        if (spec.encodedBytes() >= width) return true;
        int shift = Long.SIZE - Byte.SIZE * width;
        long extended = constant.value() << shift >> shift;
        return Fixup.Range.SIGNED.complaint(extended, spec.encodedBytes()) == null;
    }

    /** Bytes of the operation that an immediate takes part in. */
    static int width(InstructionForm form, OperandSpec spec) {
        if (spec.kind() == OperandKind.UNSIGNED_IMMEDIATE) return spec.encodedBytes();
        return form.size() == OperandSize.ANY
                ? spec.encodedBytes()
                : form.size().bytes();
    }
}
