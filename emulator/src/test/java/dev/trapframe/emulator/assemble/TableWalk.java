package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSize;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterFile;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import dev.trapframe.emulator.isa.VectorRegisterOperand;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Walks the instruction table: every row of 64-bit mode with registers of each class, addressing forms, and immediates and
 * displacements at their boundaries. The corpus that is compared with GNU as and objdump.
 */
final class TableWalk {

    private static final int MEMORY_PER_ROW = 4;
    private static final List<GeneralRegister> REGISTERS = List.of(
            GeneralRegister.RCX, GeneralRegister.RSP, GeneralRegister.RDI, GeneralRegister.R8, GeneralRegister.R13);

    /** @param hex the bytes */
    record Sample(InstructionForm form, List<SourceOperand> operands, String hex) {}

    private int rotation;

    /** One line of hex digits for each sample: the input of {@code emulator/src/test/oracle/make-expectations.py}. */
    public static void main(String[] arguments) {
        new TableWalk().samples().keySet().forEach(System.out::println);
    }

    /** By their bytes. */
    Map<String, Sample> samples() {
        Map<String, Sample> samples = new LinkedHashMap<>();
        for (InstructionForm form : InstructionTable.standard().forms()) {
            if (!isWalked(form)) continue;
            for (List<SourceOperand> operands : operandLists(form)) {
                Sample sample = sample(form, operands);
                if (sample != null) samples.putIfAbsent(sample.hex, sample);
            }
        }
        return samples;
    }

    /** The rows that the walk covers. */
    static Set<String> rows() {
        return InstructionTable.standard().forms().stream()
                .filter(TableWalk::isWalked)
                .map(InstructionForm::toString)
                .collect(Collectors.toSet());
    }

    private static boolean isWalked(InstructionForm form) {
        return !form.has(FormAttribute.NO64) && !isReservedNop(form);
    }

    /** Reserved NOPs have names in binutils that the manual does not give them (MPX, PREFETCHIT, AMD's PREFETCH). */
    private static boolean isReservedNop(InstructionForm form) {
        return form.mnemonic() == Mnemonic.NOP && form.has(FormAttribute.DECODE);
    }

    private static @Nullable Sample sample(InstructionForm form, List<SourceOperand> operands) {
        if (isAmbiguous(form, operands)) return null;
        try {
            byte[] bytes = Encoder.encode(form, operands, new Prefixes()).bytes();
            return new Sample(form, operands, HexFormat.of().formatHex(bytes));
        } catch (SourceError e) {
            return null;
        }
    }

    /** True if two registers are one in a form that needs three: gathers, and products of tiles. */
    private static boolean isAmbiguous(InstructionForm form, List<SourceOperand> operands) {
        boolean gathers = form.operands().stream().anyMatch(spec -> spec.kind() == OperandKind.VECTOR_INDEXED_MEMORY);
        boolean tiles = operands.size() == 3 && form.operands().get(0).file() == RegisterFile.TMM;
        if (!gathers && !tiles) return false;
        Set<Integer> numbers = operands.stream().map(TableWalk::number).collect(Collectors.toSet());
        return numbers.size() < operands.size();
    }

    /** True if the row is for 64-bit addresses and the operand has registers of 32 bits, or the other way round. */
    private static boolean isOfOtherAddressSize(InstructionForm form, List<SourceOperand> operands) {
        int size = form.has(FormAttribute.A64) ? Long.BYTES : form.has(FormAttribute.A32) ? Integer.BYTES : 0;
        return size != 0
                && operands.stream().anyMatch(operand -> addressSize(operand) != 0 && addressSize(operand) != size);
    }

    /** 0 if the operand does not tell. */
    private static int addressSize(SourceOperand operand) {
        return operand instanceof SourceOperand.Memory memory ? memory.addressSizeBytes() : 0;
    }

    private static int number(SourceOperand operand) {
        if (operand instanceof SourceOperand.Memory memory)
            return memory.index().ordinal();
        return ((VectorRegisterOperand) ((SourceOperand.Register) operand).operand()).number();
    }

    /** Varies one operand at a time. */
    private List<List<SourceOperand>> operandLists(InstructionForm form) {
        List<List<SourceOperand>> variants = new ArrayList<>();
        for (OperandSpec spec : form.operands()) variants.add(variants(form, spec));
        List<SourceOperand> first = new ArrayList<>();
        for (int i = 0; i < variants.size(); i++) {
            List<SourceOperand> list = variants.get(i);
            first.add(list.get(i % list.size()));
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

    private List<SourceOperand> variants(InstructionForm form, OperandSpec spec) {
        List<SourceOperand> variants = new ArrayList<>();
        switch (spec.kind()) {
            case REGISTER, RM_REGISTER, OPCODE_REGISTER, VVVV_REGISTER ->
                variants.addAll(registers(spec.registerBytes()));
            case REGISTER_OR_MEMORY -> {
                variants.addAll(registers(spec.registerBytes()));
                variants.addAll(memory(form));
            }
            case VECTOR_REGISTER, VECTOR_RM, VECTOR_VVVV, VECTOR_IS4 -> variants.addAll(vectors(spec));
            case VECTOR_OR_MEMORY -> {
                variants.addAll(vectors(spec));
                variants.addAll(memory(form));
            }
            case VECTOR_INDEXED_MEMORY -> variants.addAll(indexed());
            case FIXED_VECTOR -> variants.add(vector(spec, spec.fixedRegister()));
            case MEMORY -> variants.addAll(memory(form));
            case MEMORY_OFFSET -> variants.add(at(null, null, null, 1, 0x1122334455667788L, false, 0));
            case IMMEDIATE, UNSIGNED_IMMEDIATE -> variants.addAll(immediates(form, spec));
            case RELATIVE -> variants.add(new SourceOperand.Immediate(0, new Expression.Constant(0)));
            case SEGMENT_REGISTER -> {
                for (SegmentRegister register : SegmentRegister.values()) {
                    if (spec.written() && register == SegmentRegister.CS) continue;
                    variants.add(new SourceOperand.Register(0, new SegmentRegisterOperand(register), false));
                }
            }
            case CONTROL_REGISTER -> {
                for (int number : new int[] {0, 2, 3, 4, 8}) {
                    variants.add(new SourceOperand.Register(0, new ControlRegisterOperand(number), false));
                }
            }
            case DEBUG_REGISTER -> {
                for (int number : new int[] {0, 3, 7}) {
                    variants.add(new SourceOperand.Register(0, new DebugRegisterOperand(number), false));
                }
            }
            case FIXED_REGISTER ->
                variants.add(register(GeneralRegister.of(spec.fixedRegister()), spec.registerBytes()));
            case FIXED_SEGMENT_REGISTER -> {
                SegmentRegister segment = SegmentRegister.of(spec.fixedRegister());
                variants.add(new SourceOperand.Register(0, new SegmentRegisterOperand(segment), false));
            }
            case ONE -> variants.add(new SourceOperand.Immediate(0, new Expression.Constant(1)));
            default -> throw new IllegalArgumentException(form + " has an operand that 64-bit mode has not");
        }
        return variants;
    }

    /** One with three bits and, where there is one, one with four: another pair for each row. */
    private List<SourceOperand> vectors(OperandSpec spec) {
        List<SourceOperand> registers = new ArrayList<>();
        registers.add(vector(spec, rotation++ % 8));
        if (spec.file().count() > 8) registers.add(vector(spec, 8 + rotation % 8));
        return registers;
    }

    private static SourceOperand vector(OperandSpec spec, int number) {
        return new SourceOperand.Register(0, new VectorRegisterOperand(spec.file(), number), false);
    }

    private static List<SourceOperand> indexed() {
        return List.of(
                at(null, GeneralRegister.RAX, GeneralRegister.RSP, 4, 0, false, 8),
                at(null, GeneralRegister.R13, GeneralRegister.R12, 1, 0x40, false, 8));
    }

    private static List<SourceOperand> registers(int sizeBytes) {
        List<SourceOperand> registers = new ArrayList<>();
        for (GeneralRegister register : REGISTERS) registers.add(register(register, sizeBytes));
        if (sizeBytes == 1) {
            registers.add(new SourceOperand.Register(0, new RegisterOperand(GeneralRegister.RBX, 1, true), false));
        }
        return registers;
    }

    private static SourceOperand register(GeneralRegister register, int sizeBytes) {
        return new SourceOperand.Register(0, new RegisterOperand(register, sizeBytes, false), false);
    }

    /** Some of the addressing forms: others for each row. */
    private List<SourceOperand> memory(InstructionForm form) {
        List<SourceOperand> all = allMemory().stream()
                .filter(operand -> !isOfOtherAddressSize(form, List.of(operand)))
                .filter(operand -> !form.has(FormAttribute.A32) || addressSize(operand) != 0)
                .toList();
        List<SourceOperand> some = new ArrayList<>();
        for (int i = 0; i < MEMORY_PER_ROW; i++) some.add(all.get(rotation++ % all.size()));
        return some;
    }

    static List<SourceOperand> allMemory() {
        GeneralRegister rax = GeneralRegister.RAX;
        GeneralRegister rbp = GeneralRegister.RBP;
        GeneralRegister rsp = GeneralRegister.RSP;
        GeneralRegister r12 = GeneralRegister.R12;
        GeneralRegister r13 = GeneralRegister.R13;
        return List.of(
                at(null, rax, null, 1, 0, false, 8),
                at(null, rbp, null, 1, 0x7f, false, 8),
                at(null, GeneralRegister.RBX, null, 1, -0x80, false, 8),
                at(null, GeneralRegister.RCX, null, 1, 0x80, false, 8),
                at(null, rsp, null, 1, 8, false, 8),
                at(null, rsp, null, 1, 0, false, 8),
                at(null, r12, null, 1, 0, false, 8),
                at(null, r13, null, 1, 0, false, 8),
                at(null, rax, GeneralRegister.RBX, 2, 0, false, 8),
                at(null, null, GeneralRegister.R9, 8, 0x10, false, 8),
                at(null, GeneralRegister.R14, GeneralRegister.R15, 4, -0x12345678, false, 8),
                at(null, null, null, 1, 0x1234, false, 0),
                at(null, null, null, 1, -0x80000000L, false, 0),
                at(null, null, null, 1, 0x10, true, 8),
                at(SegmentRegister.GS, null, null, 1, 0x10, false, 0),
                at(SegmentRegister.GS, null, null, 1, -0x10, true, 8),
                at(SegmentRegister.FS, rax, null, 1, 0, false, 8),
                at(null, rbp, r12, 1, 0x7fffffff, false, 8),
                at(null, rax, null, 1, 4, false, 4),
                at(null, GeneralRegister.R8, GeneralRegister.RCX, 4, -1, false, 4),
                at(null, null, GeneralRegister.RSI, 1, -0x80000000L, false, 8));
    }

    private static SourceOperand at(
            @Nullable SegmentRegister segment,
            @Nullable GeneralRegister base,
            @Nullable GeneralRegister index,
            int scale,
            long displacement,
            boolean ripRelative,
            int addressSizeBytes) {
        return new SourceOperand.Memory(
                0,
                segment,
                base,
                index,
                scale,
                new Expression.Constant(displacement),
                ripRelative,
                addressSizeBytes,
                0,
                false,
                false);
    }

    private static List<SourceOperand> immediates(InstructionForm form, OperandSpec spec) {
        int bits = Byte.SIZE * spec.encodedBytes();
        List<Long> values = new ArrayList<>();
        if (spec.kind() == OperandKind.UNSIGNED_IMMEDIATE) values.addAll(List.of(5L, 0L, (1L << bits) - 1));
        else if (bits == Long.SIZE) values.addAll(List.of(0x1122334455667788L, Long.MIN_VALUE));
        else values.addAll(List.of(1L, -1L, -(1L << bits - 1), (1L << bits - 1) - 1));
        if (spec.kind() == OperandKind.IMMEDIATE && bits > Byte.SIZE && bits < Long.SIZE) values.add(0x80L);
        if (form.size() == OperandSize.QUADWORD && bits == Integer.SIZE) values.add(-0x81L);
        return values.stream()
                .<SourceOperand>map(value -> new SourceOperand.Immediate(0, new Expression.Constant(value)))
                .toList();
    }
}
