package dev.trapframe.emulator.format;

import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.FarPointerOperand;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.GnuName;
import dev.trapframe.emulator.isa.GnuRegister;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.OperandKind;
import dev.trapframe.emulator.isa.OperandSpec;
import dev.trapframe.emulator.isa.RegisterFile;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import dev.trapframe.emulator.isa.Unit;
import dev.trapframe.emulator.isa.VectorRegisterOperand;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes instructions as GNU objdump does ({@code -d}, {@code -d -M intel}), without symbols: branch targets are bare hex
 * addresses. Thread-safe.
 */
public final class Disassembler {

    /** What objdump writes for bytes that are no instruction. */
    public static final String BAD = "(bad)";

    private static final int MNEMONIC_WIDTH = 6;

    private final CodeMode mode;
    private final boolean longMode;

    /** A disassembler of 64-bit code. */
    public Disassembler() {
        this(CodeMode.LONG_64);
    }

    public Disassembler(CodeMode mode) {
        this.mode = mode;
        longMode = mode == CodeMode.LONG_64;
    }

    /**
     * The text of the instruction that {@code bytes} start with; {@value #BAD} if they are none, and what they belong to
     * in parentheses if the manual defines them and this emulator does not.
     *
     * @param address of the first byte: branch targets depend on it
     */
    public String text(byte[] bytes, long address, Syntax syntax) {
        DecodeResult result = new Decoder().decode(index -> index < bytes.length ? bytes[index] : 0, mode);
        if (result instanceof DecodeResult.Decoded decoded) {
            Instruction instruction = decoded.instruction();
            return instruction.lengthBytes() <= bytes.length ? text(instruction, address, syntax) : BAD;
        }
        return result instanceof DecodeResult.NotEmulated missing ? "(" + missing.what() + ")" : BAD;
    }

    /**
     * The text of one decoded instruction.
     *
     * @param address of its first byte: branch targets depend on it
     */
    public String text(Instruction instruction, long address, Syntax syntax) {
        Encoded encoded = new Encoded(instruction, longMode);
        PrefixWriter prefixes = new PrefixWriter(instruction, encoded, longMode, syntax);
        String plain = name(instruction, syntax);
        String withImmediate = ImmediateName.of(instruction, plain);
        String name = (withImmediate == null ? plain : withImmediate) + prefixes.hint();
        int shown = instruction.operandCount() - (withImmediate == null ? 0 : 1);
        List<String> operands = operands(instruction, shown, encoded, address, syntax);
        String head = prefixes.text() + name;
        return joined(head, String.join(",", operands));
    }

    /** Name and operands as objdump lays them out. */
    static String joined(String name, String operands) {
        return operands.isEmpty() ? name : padded(name) + " " + operands;
    }

    private static String padded(String name) {
        return name.length() >= MNEMONIC_WIDTH ? name : name + " ".repeat(MNEMONIC_WIDTH - name.length());
    }

    private String name(Instruction instruction, Syntax syntax) {
        InstructionForm form = instruction.form();
        if (isNamedOtherwise(instruction)) return form.mnemonic().name().toLowerCase(Locale.ROOT);
        if (syntax == Syntax.INTEL) return form.intelNames().get(0).text();
        GnuName name = form.attNames().get(0);
        MemoryOperand memory = null;
        boolean sizedByRegister = false;
        for (int i = 0; i < instruction.operandCount(); i++) {
            Operand operand = instruction.operand(i);
            if (operand instanceof MemoryOperand candidate) memory = candidate;
            boolean count = form.operands().get(i).kind() == OperandKind.FIXED_REGISTER && operand.sizeBytes() == 1;
            boolean loneCount = count && form.operands().get(i).fixedRegister() == GeneralRegister.RCX.ordinal();
            sizedByRegister |= operand instanceof RegisterOperand && !loneCount;
        }
        if (memory == null) return name.text() + counterSuffix(instruction);
        return switch (name.suffix()) {
            case NEVER, ACCEPTED -> name.text();
            case IF_NEEDED ->
                sizedByRegister ? name.text() : name.text() + GnuName.suffixOf(instruction.operandSizeBytes());
            case OF_MEMORY -> name.text() + (isSizeKnown(form) ? "" : GnuName.suffixOf(memory.sizeBytes()));
        };
    }

    /** Outside 64-bit mode integers that are made into floating-point numbers have one size. */
    private boolean isSizeKnown(InstructionForm form) {
        return !longMode && form.unit() != Unit.INTEGER;
    }

    /** A LOOP that counts in CX. */
    private static String counterSuffix(Instruction instruction) {
        boolean loop = instruction.mnemonic().name().startsWith("LOOP");
        return loop && instruction.addressSizeBytes() == 2 ? "w" : "";
    }

    /** MOVABS is for addresses of 64 bits only; SYSEXIT and SYSRET have one size outside 64-bit mode. */
    private boolean isNamedOtherwise(Instruction instruction) {
        boolean offset =
                instruction.form().operands().stream().anyMatch(spec -> spec.kind() == OperandKind.MEMORY_OFFSET);
        if (offset) return instruction.addressSizeBytes() != Long.BYTES;
        if (longMode) return false;
        return instruction.mnemonic() == Mnemonic.SYSEXIT || instruction.mnemonic() == Mnemonic.SYSRET;
    }

    private static OperandWriter writer(Syntax syntax) {
        return syntax == Syntax.ATT ? new AttOperandWriter() : new IntelOperandWriter();
    }

    private List<String> operands(Instruction instruction, int shown, Encoded encoded, long address, Syntax syntax) {
        OperandWriter writer = writer(syntax);
        InstructionForm form = instruction.form();
        List<String> texts = new ArrayList<>();
        if (form.has(FormAttribute.STRING)) texts.addAll(stringOperands(instruction, writer));
        else if (instruction.mnemonic() == Mnemonic.XLAT) {
            texts.add(implicit(instruction, source(instruction), GeneralRegister.RBX, writer, 1));
        }
        for (int i = 0; i < shown; i++) {
            if (syntax == Syntax.ATT && form.has(FormAttribute.SHIFT1) && i == 1) continue;
            texts.add(operand(instruction, i, encoded, address, writer));
        }
        boolean keepsOrder = instruction.mnemonic() == Mnemonic.ENTER || form.has(FormAttribute.BOUNDORDER);
        if (syntax == Syntax.ATT && !keepsOrder) Collections.reverse(texts);
        if (syntax == Syntax.ATT) addImplied(instruction, texts);
        return texts;
    }

    /** MONITOR and MWAIT are written with their registers in AT&T syntax. */
    private static void addImplied(Instruction instruction, List<String> texts) {
        int address = instruction.addressSizeBytes();
        String name = instruction.form().name();
        if (name.equals("MONITOR") || name.equals("MONITORX")) {
            texts.addAll(List.of("%" + GnuRegister.name(GeneralRegister.RAX, address, false), "%ecx", "%edx"));
        }
        if (name.equals("MWAIT")) texts.addAll(List.of("%eax", "%ecx"));
        if (name.equals("MWAITX")) texts.addAll(List.of("%eax", "%ecx", "%ebx"));
    }

    private static List<String> stringOperands(Instruction instruction, OperandWriter writer) {
        int size = instruction.operandSizeBytes();
        String source = implicit(instruction, source(instruction), GeneralRegister.RSI, writer, size);
        String destination = implicit(instruction, SegmentRegister.ES, GeneralRegister.RDI, writer, size);
        String accumulator = writer.register(GnuRegister.name(GeneralRegister.RAX, size, false));
        return switch (instruction.mnemonic().name().substring(0, 3)) {
            case "MOV" -> List.of(destination, source);
            case "CMP" -> List.of(source, destination);
            case "STO" -> List.of(destination, accumulator);
            case "LOD" -> List.of(accumulator, source);
            case "SCA" -> List.of(accumulator, destination);
            case "INS" -> List.of(destination, writer.port());
            default -> List.of(writer.port(), source);
        };
    }

    private static SegmentRegister source(Instruction instruction) {
        SegmentRegister override = instruction.segmentOverride();
        return override == null ? SegmentRegister.DS : override;
    }

    private static String implicit(
            Instruction instruction,
            SegmentRegister segment,
            GeneralRegister register,
            OperandWriter writer,
            int size) {
        return writer.implicitMemory(segment, GnuRegister.name(register, instruction.addressSizeBytes(), false), size);
    }

    private String operand(Instruction instruction, int index, Encoded encoded, long address, OperandWriter writer) {
        Operand operand = instruction.operand(index);
        InstructionForm form = instruction.form();
        OperandSpec spec = form.operands().get(index);
        if (operand instanceof RelativeOperand relative) return target(instruction, relative, address);
        if (operand instanceof MemoryOperand memory) {
            SegmentRegister override = shownOverride(instruction);
            boolean offset = spec.kind() == OperandKind.MEMORY_OFFSET;
            String text = writer.memory(memory, override, encoded, !offset && !form.has(FormAttribute.NOPTR));
            return form.has(FormAttribute.INDIRECT) ? writer.indirect(text) : text;
        }
        if (spec.kind() == OperandKind.ONE) return writer.immediate(1, 1).replace("0x", "");
        String text = plain(operand, spec, writer);
        if (form.has(FormAttribute.INDIRECT)) return writer.indirect(text);
        boolean port = spec.notation().equals("DX");
        return port ? writer.port() : text;
    }

    /** 3E before an indirect branch is written as NOTRACK. */
    private static @Nullable SegmentRegister shownOverride(Instruction instruction) {
        SegmentRegister override = instruction.segmentOverride();
        boolean notrack = override == SegmentRegister.DS && instruction.form().has(FormAttribute.NOTRACK);
        return notrack ? null : override;
    }

    private static String plain(Operand operand, OperandSpec spec, OperandWriter writer) {
        if (operand instanceof RegisterOperand register) return writer.register(GnuRegister.name(register));
        if (operand instanceof ImmediateOperand immediate) {
            return writer.immediate(immediate.value(), immediate.sizeBytes());
        }
        if (operand instanceof SegmentRegisterOperand segment) {
            return writer.register(GnuRegister.name(segment.register()));
        }
        if (operand instanceof ControlRegisterOperand control) return writer.register("cr" + control.number());
        if (operand instanceof DebugRegisterOperand debug) return writer.debugRegister(debug.number());
        if (operand instanceof VectorRegisterOperand vector) {
            boolean top = spec.kind() == OperandKind.FIXED_VECTOR && spec.file() == RegisterFile.ST;
            return writer.register(top ? "st" : GnuRegister.name(vector));
        }
        if (operand instanceof FarPointerOperand pointer) {
            return writer.farPointer(pointer);
        }
        throw new IllegalStateException(operand + " was handled before");
    }

    private String target(Instruction instruction, RelativeOperand relative, long address) {
        long target = address + instruction.lengthBytes() + relative.displacement();
        if (!longMode) target &= instruction.operandSizeBytes() == 2 ? 0xFFFFL : 0xFFFF_FFFFL;
        return Long.toHexString(target).toLowerCase(Locale.ROOT);
    }
}
