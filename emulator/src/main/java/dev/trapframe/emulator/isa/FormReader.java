package dev.trapframe.emulator.isa;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads one row of the instruction table. */
final class FormReader {

    private static final int COLUMNS = 9;
    private static final int REQUIRED_COLUMNS = 2;

    private final String[] cells;
    private Unit unit = Unit.INTEGER;

    FormReader(String[] cells) {
        if (cells.length < REQUIRED_COLUMNS || cells.length > COLUMNS) {
            throw new IllegalArgumentException("a row has 2 to 9 columns, got " + cells.length);
        }
        this.cells = cells;
    }

    InstructionForm read() {
        Set<FormAttribute> attributes = attributes();
        Mnemonic mnemonic = mnemonic(attributes);
        OpcodePatternReader encoding = new OpcodePatternReader(cells[1]);
        OpcodePattern opcode = encoding.read();
        List<OperandSpec> operands = placed(operands(), opcode);
        OperandSize size = OperandSize.of(cell(5));
        check(opcode, operands, size, encoding.tailBytes());
        return new InstructionForm(
                mnemonic,
                cells[0],
                cells[1],
                opcode,
                operands,
                reads(),
                size,
                attributes,
                unit,
                names(7, defaultAttName(size, operands)),
                names(8, cells[0].toLowerCase(Locale.ROOT)));
    }

    private String cell(int column) {
        return column < cells.length ? cells[column] : "-";
    }

    private Mnemonic mnemonic(Set<FormAttribute> attributes) {
        if (unit != Unit.INTEGER && !attributes.contains(FormAttribute.EXECUTED)) return Mnemonic.LISTED;
        try {
            return Mnemonic.valueOf(cells[0]);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Mnemonic has no constant " + cells[0], e);
        }
    }

    private List<OperandSpec> operands() {
        if (cell(2).equals("-")) return List.of();
        String[] notations = cell(2).split(", ");
        String[] accesses = cell(3).split(",");
        if (notations.length != accesses.length) {
            throw new IllegalArgumentException(notations.length + " operands, but access says " + cell(3));
        }
        List<OperandSpec> specs = new ArrayList<>();
        for (int i = 0; i < notations.length; i++) specs.add(OperandSpecReader.read(notations[i], accesses[i]));
        return specs;
    }

    /** A plain {@code r} or {@code xmm} is in ModRM.reg, unless the opcode has it or another operand has that place. */
    private static List<OperandSpec> placed(List<OperandSpec> specs, OpcodePattern opcode) {
        boolean regTaken = opcode.modRm() == OpcodePattern.ModRm.DIGIT
                || specs.stream()
                        .anyMatch(spec -> spec.kind() == OperandKind.CONTROL_REGISTER
                                || spec.kind() == OperandKind.DEBUG_REGISTER);
        return specs.stream()
                .map(spec -> {
                    if (spec.kind() == OperandKind.VECTOR_REGISTER && regTaken) return as(spec, OperandKind.VECTOR_RM);
                    if (spec.kind() != OperandKind.REGISTER) return spec;
                    if (opcode.registerInOpcode()) return as(spec, OperandKind.OPCODE_REGISTER);
                    return regTaken ? as(spec, OperandKind.RM_REGISTER) : spec;
                })
                .toList();
    }

    private static OperandSpec as(OperandSpec spec, OperandKind kind) {
        return new OperandSpec(
                spec.notation(),
                kind,
                spec.registerBytes(),
                spec.memoryBytes(),
                spec.encodedBytes(),
                spec.fixedRegister(),
                spec.read(),
                spec.written(),
                spec.file());
    }

    private int reads() {
        int mask = 0;
        if (cell(4).equals("-")) return mask;
        for (String name : cell(4).split(",")) {
            int bit = name.equals("FLAGS")
                    ? InstructionForm.RFLAGS_BIT
                    : GeneralRegister.valueOf(name).ordinal();
            mask |= 1 << bit;
        }
        return mask;
    }

    private Set<FormAttribute> attributes() {
        Set<FormAttribute> attributes = EnumSet.noneOf(FormAttribute.class);
        if (cell(6).equals("-")) return attributes;
        for (String word : cell(6).split(" ")) {
            Optional<Unit> named = Unit.of(word);
            if (named.isPresent()) unit = named.get();
            else attributes.add(FormAttribute.of(word));
        }
        return attributes;
    }

    private List<GnuName> names(int column, String defaultName) {
        String text = cell(column).equals("-") ? defaultName : cell(column);
        return Arrays.stream(text.split(" ")).map(GnuName::of).toList();
    }

    private String defaultAttName(OperandSize size, List<OperandSpec> operands) {
        String name = cells[0].toLowerCase(Locale.ROOT);
        if (unit != Unit.INTEGER) return name;
        if (size == OperandSize.ANY || operands.isEmpty() && size != OperandSize.QUADWORD_BY_DEFAULT) return name;
        return size == OperandSize.QUADWORD_BY_DEFAULT ? name + "?" : name + "*";
    }

    private void check(OpcodePattern opcode, List<OperandSpec> operands, OperandSize size, int tailBytes) {
        Vex vex = opcode.vex();
        if (vex == null && opcode.rexW() != (size == OperandSize.QUADWORD)) {
            throw new IllegalArgumentException("size is 64 exactly where the encoding has REX.W");
        }
        int encoded = operands.stream().mapToInt(OperandSpec::encodedBytes).sum();
        if (encoded != tailBytes) {
            throw new IllegalArgumentException(
                    "the encoding has " + tailBytes + " bytes of immediate, the operands " + encoded);
        }
        boolean needsModRm =
                operands.stream().anyMatch(spec -> spec.kind().isInRm() || spec.kind() == OperandKind.REGISTER);
        boolean needsVex =
                operands.stream().anyMatch(spec -> spec.kind().isInVvvv() || spec.kind() == OperandKind.VECTOR_IS4);
        if (needsVex && vex == null) throw new IllegalArgumentException("an operand needs VEX");
        if (needsModRm && !opcode.hasModRm())
            throw new IllegalArgumentException("an operand needs ModRM: /r or /digit");
        if (vex != null && attributes().contains(FormAttribute.LOCK)) {
            throw new IllegalArgumentException("lock is for a row without VEX");
        }
        boolean memoryFirst = !operands.isEmpty() && operands.get(0).kind().isMemoryPossible();
        if (attributes().contains(FormAttribute.LOCK) && !memoryFirst) {
            throw new IllegalArgumentException("lock is for a row whose first operand can be memory");
        }
    }
}
