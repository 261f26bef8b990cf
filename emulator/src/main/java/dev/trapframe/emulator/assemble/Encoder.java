package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.MandatoryPrefix;
import dev.trapframe.emulator.isa.OpcodeMap;
import dev.trapframe.emulator.isa.OpcodePattern;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import dev.trapframe.emulator.isa.VectorRegisterOperand;
import dev.trapframe.emulator.isa.Vex;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one instruction: a form, operands that fit it, prefixes. */
final class Encoder {

    private static final int REX = 0x40;
    private static final int REX_W = 8;
    private static final int REX_R = 4;
    private static final int REX_X = 2;
    private static final int REX_B = 1;
    private static final int SIB_FOLLOWS = 4;
    private static final int NO_BASE = 5;
    private static final int DIRECT_16 = 6;
    private static final int REGISTER_MOD = 0xC0;

    private final InstructionForm form;
    private final List<SourceOperand> operands;
    private final Prefixes prefixes;
    private final CodeBits bits;
    private final CodeBuffer code = new CodeBuffer();

    private int rex;
    private int reg;
    private int rm;
    private int vvvv;
    private int opcodeRegister;
    private boolean highByte;
    private SourceOperand.@Nullable Memory memory;

    private Encoder(InstructionForm form, List<SourceOperand> operands, Prefixes prefixes, CodeBits bits) {
        this.form = form;
        this.operands = operands;
        this.prefixes = prefixes;
        this.bits = bits;
    }

    /** For 64-bit mode. */
    static CodeBuffer encode(InstructionForm form, List<SourceOperand> operands, Prefixes prefixes) {
        return encode(form, operands, prefixes, CodeBits.BITS_64);
    }

    /** @param prefixes those of the source; what operands need is added to them */
    static CodeBuffer encode(InstructionForm form, List<SourceOperand> operands, Prefixes prefixes, CodeBits bits) {
        return new Encoder(form, operands, prefixes, bits).encode();
    }

    /** The bytes before the displacement of a branch. */
    static byte[] branchOpcode(InstructionForm form, Prefixes prefixes, CodeBits bits) {
        Encoder encoder = new Encoder(form, List.of(), prefixes, bits);
        encoder.head();
        return encoder.code.bytes();
    }

    private CodeBuffer encode() {
        for (int i = 0; i < operands.size(); i++) place(form.operands().get(i), operands.get(i));
        if (highByte && (rex != 0 || form.opcode().rexW())) {
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
            case REGISTER, SEGMENT_REGISTER, CONTROL_REGISTER, DEBUG_REGISTER, VECTOR_REGISTER -> {
                reg = number & 7;
                if (number > 7) rex |= REX_R;
            }
            case OPCODE_REGISTER -> {
                opcodeRegister = number & 7;
                if (number > 7) rex |= REX_B;
            }
            case VVVV_REGISTER, VECTOR_VVVV -> vvvv = number;
            case RM_REGISTER, REGISTER_OR_MEMORY, VECTOR_RM, VECTOR_OR_MEMORY -> {
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
        if (register.operand() instanceof VectorRegisterOperand vector) return vector.number();
        return ((DebugRegisterOperand) register.operand()).number();
    }

    private void head() {
        OpcodePattern pattern = form.opcode();
        if (pattern.rexW()) rex |= REX_W;
        if (memory != null) memoryPrefixes(memory);
        if (form.has(FormAttribute.A16)) prefixes.addressSize(Short.BYTES, bits);
        if (form.has(FormAttribute.A32)) prefixes.addressSize(Integer.BYTES, bits);
        if (form.has(FormAttribute.A64)) prefixes.addressSize(Long.BYTES, bits);
        int mandatory = pattern.prefix().prefixByte();
        boolean data16 = form.size() == OperandSize.WORD && pattern.prefix() != MandatoryPrefix.P66;
        if (pattern.vex() != null) {
            prefixes.write(code, 0, false, null);
            vex(pattern, pattern.vex());
            code.add(pattern.opcode());
            return;
        }
        prefixes.write(code, rex, data16, mandatory < 0 ? null : mandatory);
        for (int i = 0; i < pattern.map().escapeCount(); i++)
            code.add(pattern.map().escape(i));
        code.add(pattern.opcode() + opcodeRegister);
    }

    /** Two bytes if X, B, W and the map allow it. Source: Intel SDM Vol. 2A, "Vector Extension (VEX)". */
    private void vex(OpcodePattern pattern, Vex vex) {
        int pp = switch (pattern.prefix()) {
            case P66 -> 1;
            case PF3 -> 2;
            case PF2 -> 3;
            default -> 0;
        };
        int last = (~vvvv & 0xF) << 3 | Math.max(0, vex.l()) << 2 | pp;
        boolean isShort = pattern.map() == OpcodeMap.TWO_BYTE && vex.w() <= 0 && (rex & (REX_X | REX_B)) == 0;
        if (isShort) {
            code.add(0xC5);
            code.add(((rex & REX_R) == 0 ? 0x80 : 0) | last);
            return;
        }
        code.add(0xC4);
        code.add((~rex & 7) << 5 | pattern.map().ordinal());
        code.add(Math.max(0, vex.w()) << 7 | last);
    }

    private void memoryPrefixes(SourceOperand.Memory at) {
        if (at.base() != null && at.base().ordinal() > 7) rex |= REX_B;
        if (at.index() != null && at.index().ordinal() > 7) rex |= REX_X;
        if (prefixes.address() && at.addressSizeBytes() == bits.addressBytes()) {
            throw new SourceError(at.column(), "the registers of this address do not fit the prefix for another size");
        }
        if (at.addressSizeBytes() != 0) prefixes.addressSize(at.addressSizeBytes(), bits);
        if (at.segment() == null) return;
        boolean stack = at.base() == GeneralRegister.RSP || at.base() == GeneralRegister.RBP;
        if (at.segment() != (stack ? SegmentRegister.SS : SegmentRegister.DS)) prefixes.segment(at.segment());
    }

    private void modRm() {
        OpcodePattern pattern = form.opcode();
        switch (pattern.modRm()) {
            case BYTE, BYTE_ANY_RM -> {
                code.add(pattern.modRmValue() | rm);
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
            if (form.has(FormAttribute.SIB))
                throw new SourceError(at.column(), "this operand cannot be relative to rip");
            code.add(reg << 3 | NO_BASE);
            boolean relative = !Expression.isConstant(displacement);
            code.value(at.column(), displacement, Integer.BYTES, relative, Fixup.Range.SIGNED);
        } else if (addressBytes(at) == Short.BYTES) {
            memory16(at, displacement);
        } else if (at.base() == null) {
            boolean direct = at.index() == null && bits == CodeBits.BITS_32;
            code.add(reg << 3 | (direct ? NO_BASE : SIB_FOLLOWS));
            if (!direct) code.add(sib(at, NO_BASE));
            displacement(at, displacement, 2, Integer.BYTES);
        } else {
            based(at, at.base(), displacement);
        }
    }

    private int addressBytes(SourceOperand.Memory at) {
        if (at.addressSizeBytes() != 0) return at.addressSizeBytes();
        return prefixes.address() ? bits.addressBytes() / 2 : bits.addressBytes();
    }

    private void based(SourceOperand.Memory at, GeneralRegister base, Expression displacement) {
        int mod = mod((base.ordinal() & 7) == NO_BASE, displacement);
        boolean needsSib = at.index() != null || form.has(FormAttribute.SIB) || (base.ordinal() & 7) == SIB_FOLLOWS;
        code.add(mod << 6 | reg << 3 | (needsSib ? SIB_FOLLOWS : base.ordinal() & 7));
        if (needsSib) code.add(sib(at, base.ordinal() & 7));
        displacement(at, displacement, mod, Integer.BYTES);
    }

    /** Source: Intel SDM Vol. 2A, "Addressing-Mode Encoding of ModR/M and SIB Bytes", 16-bit table. */
    private void memory16(SourceOperand.Memory at, Expression displacement) {
        if (at.base() == null) {
            code.add(reg << 3 | DIRECT_16);
            displacement(at, displacement, 2, Short.BYTES);
            return;
        }
        int rm16 = rm16(at.base(), at.index());
        int mod = mod(rm16 == DIRECT_16, displacement);
        code.add(mod << 6 | reg << 3 | rm16);
        displacement(at, displacement, mod, Short.BYTES);
    }

    private static int rm16(GeneralRegister base, @Nullable GeneralRegister index) {
        boolean bp = base == GeneralRegister.RBP;
        if (index == null) {
            return switch (base) {
                case RSI -> 4;
                case RDI -> 5;
                case RBP -> DIRECT_16;
                default -> 7;
            };
        }
        return (bp ? 2 : 0) + (index == GeneralRegister.RDI ? 1 : 0);
    }

    private static int sib(SourceOperand.Memory at, int base) {
        int index = at.index() == null ? SIB_FOLLOWS : at.index().ordinal() & 7;
        return Integer.numberOfTrailingZeros(at.scale()) << 6 | index << 3 | base;
    }

    /** ModRM.mod: 0 without displacement, 1 with one byte, 2 with the whole size. */
    private int mod(boolean needsDisplacement, Expression displacement) {
        if (!(displacement instanceof Expression.Constant constant)) return 2;
        boolean small = constant.value() == (byte) constant.value();
        return switch (prefixes.displacementBytes()) {
            case 0 -> constant.value() == 0 && !needsDisplacement ? 0 : small ? 1 : 2;
            case 1 -> small ? 1 : 2;
            default -> 2;
        };
    }

    private void displacement(SourceOperand.Memory at, Expression displacement, int mod, int wholeBytes) {
        if (mod == 0) return;
        int bytes = mod == 1 ? 1 : wholeBytes;
        boolean extended = mod == 1 || bytes < Math.min(addressBytes(at), bits.addressBytes());
        code.value(at.column(), displacement, bytes, false, extended ? Fixup.Range.SIGNED : Fixup.Range.ANY);
    }

    private void tail(OperandSpec spec, SourceOperand operand) {
        if (spec.kind() == OperandKind.MEMORY_OFFSET && operand instanceof SourceOperand.Memory at) {
            Expression offset = at.displacement() == null ? Expression.ZERO : at.displacement();
            code.value(at.column(), offset, addressBytes(at), false, Fixup.Range.ANY);
        }
        if (spec.kind() == OperandKind.RELATIVE) {
            code.value(operand.column(), target(operand), spec.encodedBytes(), true, Fixup.Range.SIGNED);
        }
        if (operand instanceof SourceOperand.FarPointer far) {
            code.value(far.column(), far.offset(), spec.encodedBytes() - Short.BYTES, false, Fixup.Range.ANY);
            code.value(far.column(), far.selector(), Short.BYTES, false, Fixup.Range.ANY);
        }
        if (spec.kind() == OperandKind.VECTOR_IS4) code.add(number((SourceOperand.Register) operand) << 4);
        if (spec.kind().isImmediate() && operand instanceof SourceOperand.Immediate immediate) {
            boolean extended =
                    spec.kind() == OperandKind.IMMEDIATE && spec.encodedBytes() < OperandMatcher.width(form, spec);
            // A constant has been found to fit, perhaps as the same bits of a narrower operation.
            boolean known = immediate.value() instanceof Expression.Constant;
            Fixup.Range range = extended && !known ? Fixup.Range.SIGNED : Fixup.Range.ANY;
            code.value(operand.column(), truncated(immediate.value(), spec), spec.encodedBytes(), false, range);
        }
    }

    /** {@code 0xffff} is -1 of a 16-bit operation, so it goes into a byte that is sign-extended. */
    private static Expression truncated(Expression value, OperandSpec spec) {
        if (!(value instanceof Expression.Constant constant) || spec.encodedBytes() == Long.BYTES) return value;
        int shift = Long.SIZE - Byte.SIZE * spec.encodedBytes();
        return new Expression.Constant(constant.value() << shift >> shift);
    }

    static Expression target(SourceOperand operand) {
        if (operand instanceof SourceOperand.Immediate immediate) return immediate.value();
        Expression displacement = ((SourceOperand.Memory) operand).displacement();
        return displacement == null ? Expression.ZERO : displacement;
    }
}
