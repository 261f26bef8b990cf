package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.format.Disassembler;
import dev.trapframe.emulator.format.Syntax;
import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Walks the rows of the instruction table that 32-bit code has, but for branches with 16-bit targets: what they are written
 * like in both syntaxes.
 */
final class Walk32 {

    /** Operands that this walk has samples of; others come in 64-bit code. */
    private static final Set<OperandKind> KNOWN = Set.of(
            OperandKind.REGISTER,
            OperandKind.RM_REGISTER,
            OperandKind.OPCODE_REGISTER,
            OperandKind.REGISTER_OR_MEMORY,
            OperandKind.MEMORY,
            OperandKind.MEMORY_OFFSET,
            OperandKind.IMMEDIATE,
            OperandKind.UNSIGNED_IMMEDIATE,
            OperandKind.RELATIVE,
            OperandKind.FAR_POINTER,
            OperandKind.SEGMENT_REGISTER,
            OperandKind.CONTROL_REGISTER,
            OperandKind.DEBUG_REGISTER,
            OperandKind.FIXED_REGISTER,
            OperandKind.FIXED_SEGMENT_REGISTER,
            OperandKind.ONE);

    /** Where the addressing forms of a row begin: no row changes what another one gets. */
    private int rotation;

    /** @param hex the bytes that were written */
    record Sample(String hex, String att, String intel) {}

    /** By their bytes. */
    Map<String, Sample> samples() {
        Map<String, Sample> samples = new LinkedHashMap<>();
        for (InstructionForm form : InstructionTable.standard().forms()) {
            boolean other = form.has(FormAttribute.ONLY64)
                    || form.opcode().rexW()
                    || form.has(FormAttribute.DECODE)
                    || form.has(FormAttribute.ALIAS);
            boolean branch16 = form.size() == OperandSize.WORD
                    && form.operands().stream().anyMatch(spec -> spec.kind() == OperandKind.RELATIVE);
            if (other || branch16 || !form.operands().stream().allMatch(spec -> KNOWN.contains(spec.kind()))) continue;
            rotation = Math.floorMod(form.toString().hashCode(), 10);
            for (List<SourceOperand> operands : operandLists(form)) {
                Sample sample = sample(form, operands);
                if (sample != null) samples.putIfAbsent(sample.hex, sample);
            }
        }
        return samples;
    }

    private static @Nullable Sample sample(InstructionForm form, List<SourceOperand> operands) {
        try {
            byte[] bytes = Encoder.encode(form, operands, new Prefixes(), CodeBits.BITS_32)
                    .bytes();
            Disassembler disassembler = new Disassembler(CodeMode.CODE_32);
            return new Sample(
                    HexFormat.of().formatHex(bytes),
                    disassembler.text(bytes, 0, Syntax.ATT),
                    disassembler.text(bytes, 0, Syntax.INTEL));
        } catch (SourceError e) {
            return null;
        }
    }

    /** Varies one operand at a time. */
    private List<List<SourceOperand>> operandLists(InstructionForm form) {
        List<List<SourceOperand>> variants = new ArrayList<>();
        for (OperandSpec spec : form.operands()) variants.add(variants(spec));
        List<SourceOperand> first = new ArrayList<>();
        for (int i = 0; i < variants.size(); i++) {
            first.add(variants.get(i).get(i % variants.get(i).size()));
        }
        List<List<SourceOperand>> lists = new ArrayList<>();
        lists.add(first);
        for (int i = 0; i < variants.size(); i++) {
            for (SourceOperand variant : variants.get(i)) {
                List<SourceOperand> list = new ArrayList<>(first);
                list.set(i, variant);
                lists.add(list);
            }
        }
        return lists;
    }

    private List<SourceOperand> variants(OperandSpec spec) {
        return switch (spec.kind()) {
            case REGISTER, RM_REGISTER, OPCODE_REGISTER -> registers(spec.registerBytes());
            case REGISTER_OR_MEMORY -> {
                List<SourceOperand> all = new ArrayList<>(registers(spec.registerBytes()));
                all.addAll(memory());
                yield all;
            }
            case MEMORY -> memory();
            case MEMORY_OFFSET -> List.of(at(null, null, 1, 0x12345678, 0));
            case IMMEDIATE, UNSIGNED_IMMEDIATE -> immediates(spec);
            case RELATIVE -> List.of(number(0));
            case FAR_POINTER ->
                List.of(new SourceOperand.FarPointer(0, new Expression.Constant(8), new Expression.Constant(0x1234)));
            case SEGMENT_REGISTER -> List.of(segment(SegmentRegister.DS), segment(SegmentRegister.GS));
            case CONTROL_REGISTER ->
                List.of(register(new ControlRegisterOperand(0)), register(new ControlRegisterOperand(4)));
            case DEBUG_REGISTER -> List.of(register(new DebugRegisterOperand(7)));
            case FIXED_REGISTER -> List.of(general(GeneralRegister.of(spec.fixedRegister()), spec.registerBytes()));
            case FIXED_SEGMENT_REGISTER -> List.of(segment(SegmentRegister.of(spec.fixedRegister())));
            case ONE -> List.of(number(1));
            default -> throw new IllegalArgumentException(spec.notation());
        };
    }

    private static List<SourceOperand> registers(int bytes) {
        List<SourceOperand> registers = new ArrayList<>();
        registers.add(general(GeneralRegister.RCX, bytes));
        if (bytes == 1) registers.add(register(new RegisterOperand(GeneralRegister.RBX, 1, true)));
        else registers.add(general(GeneralRegister.RDI, bytes));
        return registers;
    }

    private static SourceOperand general(GeneralRegister register, int bytes) {
        return register(new RegisterOperand(register, bytes, false));
    }

    private static SourceOperand segment(SegmentRegister segment) {
        return register(new SegmentRegisterOperand(segment));
    }

    private static SourceOperand register(Operand operand) {
        return new SourceOperand.Register(0, operand, false);
    }

    private static SourceOperand number(long value) {
        return new SourceOperand.Immediate(0, new Expression.Constant(value));
    }

    private static List<SourceOperand> immediates(OperandSpec spec) {
        int bits = Byte.SIZE * spec.encodedBytes();
        if (spec.kind() == OperandKind.UNSIGNED_IMMEDIATE) return List.of(number(5), number((1L << bits) - 1));
        return List.of(number(1), number(-1), number((1L << bits - 1) - 1), number(-(1L << bits - 1)));
    }

    /** Some of the addressing forms: others for each row. */
    private List<SourceOperand> memory() {
        List<SourceOperand> all = List.of(
                at(GeneralRegister.RAX, null, 1, 0, 4),
                at(GeneralRegister.RBP, null, 1, 0x7f, 4),
                at(GeneralRegister.RSP, null, 1, -8, 4),
                at(GeneralRegister.RCX, GeneralRegister.RDX, 4, 0x1234, 4),
                at(null, GeneralRegister.RSI, 8, 0x10, 4),
                at(null, null, 1, 0x12345678, 0),
                at(GeneralRegister.RBX, GeneralRegister.RSI, 1, 0, 2),
                at(GeneralRegister.RBP, GeneralRegister.RDI, 1, -2, 2),
                at(GeneralRegister.RDI, null, 1, 0x1234, 2),
                at(GeneralRegister.RBP, null, 1, 0, 2));
        List<SourceOperand> some = new ArrayList<>();
        for (int i = 0; i < 3; i++) some.add(all.get(rotation++ % all.size()));
        return some;
    }

    private static SourceOperand at(
            @Nullable GeneralRegister base, @Nullable GeneralRegister index, int scale, long displacement, int bytes) {
        return new SourceOperand.Memory(
                0, null, base, index, scale, new Expression.Constant(displacement), false, bytes, 0, false, false);
    }
}
