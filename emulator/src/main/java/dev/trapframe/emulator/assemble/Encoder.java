package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.MandatoryPrefix;
import dev.trapframe.emulator.isa.OpcodePattern;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one instruction of 64-bit mode: a form, operands that fit it, prefixes. */
final class Encoder {

    private static final int REX = 0x40;
    private static final int REX_W = 8;
    private static final int REX_R = 4;
    private static final int REX_X = 2;
    private static final int REX_B = 1;
    private static final int SIB_FOLLOWS = 4;
    private static final int NO_BASE = 5;
    private static final int REGISTER_MOD = 0xC0;

    private final InstructionForm form;
    private final List<SourceOperand> operands;
    private final Prefixes prefixes;
    private final CodeBuffer code = new CodeBuffer();

    private int rex;
    private int reg;
    private int rm;
    private int opcodeRegister;
    private boolean highByte;
    private SourceOperand.@Nullable Memory memory;

    private Encoder(InstructionForm form, List<SourceOperand> operands, Prefixes prefixes) {
        this.form = form;
        this.operands = operands;
        this.prefixes = prefixes;
    }

    static CodeBuffer encode(InstructionForm form, List<SourceOperand> operands, Prefixes prefixes) {
        return new Encoder(form, operands, prefixes).encode();
    }

    /** The bytes before the displacement of a branch. */
    static byte[] branchOpcode(InstructionForm form, Prefixes prefixes) {
        Encoder encoder = new Encoder(form, List.of(), prefixes);
        encoder.head();
        return encoder.code.bytes();
    }

    private CodeBuffer encode() {
        for (int i = 0; i < operands.size(); i++) place(form.operands().get(i), operands.get(i));
        if (highByte && rex != 0) {
            throw new SourceError("ah, bh, ch and dh cannot be used in an instruction that needs a REX prefix");
        }
        head();
        if (form.opcode().hasModRm()) modRm();
        for (int i = 0; i < operands.size(); i++) tail(form.operands().get(i), operands.get(i));
        return code;
    }

    private void place(OperandSpec spec, SourceOperand operand) {
        if (operand instanceof SourceOperand.Memory written && spec.kind().isMemoryPossible()) {
            memory = written;
            return;
        }
        if (!(operand instanceof SourceOperand.Register register)) return;
        int number = number(register);
        if (register.operand() instanceof RegisterOperand general && general.sizeBytes() == 1) byteRegister(general);
        switch (spec.kind()) {
            case REGISTER, SEGMENT_REGISTER, CONTROL_REGISTER, DEBUG_REGISTER -> {
                reg = number & 7;
                if (number > 7) rex |= REX_R;
            }
            case OPCODE_REGISTER -> {
                opcodeRegister = number & 7;
                if (number > 7) rex |= REX_B;
            }
            case RM_REGISTER, REGISTER_OR_MEMORY -> {
                rm = number & 7;
                if (number > 7) rex |= REX_B;
            }
            default -> {
                // the opcode says it
            }
        }
    }

    private void byteRegister(RegisterOperand register) {
        highByte |= register.highByte();
        int number = register.register().ordinal();
        if (!register.highByte() && number >= 4 && number < 8) rex |= REX;
    }

    private static int number(SourceOperand.Register register) {
        if (register.operand() instanceof RegisterOperand general) {
            return general.register().ordinal() + (general.highByte() ? 4 : 0);
        }
        if (register.operand() instanceof SegmentRegisterOperand segment)
            return segment.register().ordinal();
        if (register.operand() instanceof ControlRegisterOperand control) return control.number();
        return ((DebugRegisterOperand) register.operand()).number();
    }

    private void head() {
        OpcodePattern pattern = form.opcode();
        if (pattern.rexW()) rex |= REX_W;
        if (memory != null) memoryPrefixes(memory);
        if (form.has(FormAttribute.A32)) prefixes.address32();
        int mandatory = pattern.prefix().prefixByte();
        boolean data16 = form.size() == OperandSize.WORD && pattern.prefix() != MandatoryPrefix.P66;
        prefixes.write(code, rex, data16, mandatory < 0 ? null : mandatory);
        for (int i = 0; i < pattern.map().escapeCount(); i++)
            code.add(pattern.map().escape(i));
        code.add(pattern.opcode() + opcodeRegister);
    }

    private void memoryPrefixes(SourceOperand.Memory at) {
        if (at.base() != null && at.base().ordinal() > 7) rex |= REX_B;
        if (at.index() != null && at.index().ordinal() > 7) rex |= REX_X;
        if (at.addressSizeBytes() == Integer.BYTES) prefixes.address32();
        if (at.segment() == null) return;
        boolean stack = at.base() == GeneralRegister.RSP || at.base() == GeneralRegister.RBP;
        if (at.segment() != (stack ? SegmentRegister.SS : SegmentRegister.DS)) prefixes.segment(at.segment());
    }

    private void modRm() {
        OpcodePattern pattern = form.opcode();
        switch (pattern.modRm()) {
            case BYTE, BYTE_ANY_RM -> {
                code.add(pattern.modRmValue());
                return;
            }
            case DIGIT -> reg = pattern.modRmValue();
            default -> {
                // reg is an operand
            }
        }
        if (memory == null) code.add(REGISTER_MOD | reg << 3 | rm);
        else memory(memory);
    }

    private void memory(SourceOperand.Memory at) {
        Expression displacement = at.displacement() == null ? Expression.ZERO : at.displacement();
        if (at.ripRelative()) {
            code.add(reg << 3 | NO_BASE);
            code.value(displacement, Integer.BYTES, !Expression.isConstant(displacement), Fixup.Range.SIGNED);
            return;
        }
        GeneralRegister base = at.base();
        if (base == null) {
            code.add(reg << 3 | SIB_FOLLOWS);
            code.add(sib(at, NO_BASE));
            displacement32(at, displacement);
            return;
        }
        int mod = mod(base, displacement);
        boolean needsSib = at.index() != null || (base.ordinal() & 7) == SIB_FOLLOWS;
        code.add(mod << 6 | reg << 3 | (needsSib ? SIB_FOLLOWS : base.ordinal() & 7));
        if (needsSib) code.add(sib(at, base.ordinal() & 7));
        if (mod == 1) code.value(displacement, 1, false, Fixup.Range.SIGNED);
        if (mod == 2) displacement32(at, displacement);
    }

    private static int sib(SourceOperand.Memory at, int base) {
        int index = at.index() == null ? SIB_FOLLOWS : at.index().ordinal() & 7;
        return Integer.numberOfTrailingZeros(at.scale()) << 6 | index << 3 | base;
    }

    private static int mod(GeneralRegister base, Expression displacement) {
        if (!(displacement instanceof Expression.Constant constant)) return 2;
        if (constant.value() == 0 && (base.ordinal() & 7) != NO_BASE) return 0;
        return constant.value() == (byte) constant.value() ? 1 : 2;
    }

    private void displacement32(SourceOperand.Memory at, Expression displacement) {
        Fixup.Range range = at.addressSizeBytes() == Integer.BYTES ? Fixup.Range.ANY : Fixup.Range.SIGNED;
        if (displacement instanceof Expression.Constant constant) {
            String complaint = range.complaint(constant.value(), Integer.BYTES);
            if (complaint != null) throw new SourceError(at.column(), complaint);
        }
        code.value(displacement, Integer.BYTES, false, range);
    }

    private void tail(OperandSpec spec, SourceOperand operand) {
        if (spec.kind() == OperandKind.MEMORY_OFFSET && operand instanceof SourceOperand.Memory at) {
            Expression offset = at.displacement() == null ? Expression.ZERO : at.displacement();
            code.value(offset, Long.BYTES, false, Fixup.Range.ANY);
        }
        if (spec.kind() == OperandKind.RELATIVE)
            code.value(target(operand), spec.encodedBytes(), true, Fixup.Range.SIGNED);
        if (spec.kind().isImmediate() && operand instanceof SourceOperand.Immediate immediate) {
            boolean extended =
                    spec.kind() == OperandKind.IMMEDIATE && spec.encodedBytes() < OperandMatcher.width(form, spec);
            code.value(immediate.value(), spec.encodedBytes(), false, extended ? Fixup.Range.SIGNED : Fixup.Range.ANY);
        }
    }

    static Expression target(SourceOperand operand) {
        if (operand instanceof SourceOperand.Immediate immediate) return immediate.value();
        Expression displacement = ((SourceOperand.Memory) operand).displacement();
        return displacement == null ? Expression.ZERO : displacement;
    }
}
