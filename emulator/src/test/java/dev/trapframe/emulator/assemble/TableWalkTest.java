package dev.trapframe.emulator.assemble;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.comparison.LockRule;
import dev.trapframe.emulator.decode.CodeMode;
import dev.trapframe.emulator.decode.DecodeResult;
import dev.trapframe.emulator.decode.Decoder;
import dev.trapframe.emulator.format.Disassembler;
import dev.trapframe.emulator.format.Syntax;
import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RelativeOperand;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Every row of the instruction table")
class TableWalkTest {

    /** FRED came after binutils 2.40; these rows are checked by hand in DecoderTest. */
    private static final Set<Mnemonic> UNKNOWN_TO_BINUTILS = Set.of(Mnemonic.ERETU, Mnemonic.ERETS, Mnemonic.LKGS);

    /** What objdump writes for a SIB byte without index; our assembler does not take these names. */
    private static final Pattern PSEUDO_INDEX = Pattern.compile("\\b[re]iz\\b");

    private static final int COLUMNS = 5;

    private final Decoder decoder = new Decoder();
    private final Disassembler disassembler = new Disassembler();

    /** One line of {@code walk.tsv}; make-expectations.py says what the columns are. */
    private record Expected(String hex, String att, String intel, String fromAtt, String fromIntel) {}

    static String resource(String name) throws IOException {
        try (InputStream stream = InstructionForm.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<Expected> expected() throws IOException {
        return resource("walk.tsv")
                .lines()
                .map(line -> line.split("\t", COLUMNS))
                .map(cells -> new Expected(cells[0], cells[1], cells[2], cells[3], cells[4]))
                .toList();
    }

    private Instruction decode(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        DecodeResult result = decoder.decode(index -> bytes[index], CodeMode.LONG_64);
        assertThat(result).as(hex).isInstanceOf(DecodeResult.Decoded.class);
        return ((DecodeResult.Decoded) result).instruction();
    }

    @Test
    @DisplayName("decodes to what was encoded, with the length that was encoded")
    void roundTrip() {
        Map<String, TableWalk.Sample> samples = new TableWalk().samples();
        Set<String> rows = new HashSet<>();
        samples.forEach((hex, sample) -> {
            Instruction instruction = decode(hex);
            assertThat(instruction.lengthBytes()).as(hex).isEqualTo(hex.length() / 2);
            assertThat(instruction.form()).as(hex).isEqualTo(sample.form());
            for (int i = 0; i < sample.operands().size(); i++) {
                assertSame(hex, sample.form(), i, sample.operands().get(i), instruction.operand(i));
            }
            rows.add(sample.form().toString());
        });
        assertThat(rows).isEqualTo(TableWalk.rows());
    }

    private static void assertSame(String hex, InstructionForm form, int index, SourceOperand source, Operand decoded) {
        if (source instanceof SourceOperand.Register register) {
            assertThat(decoded).as(hex).isEqualTo(register.operand());
        } else if (source instanceof SourceOperand.Memory at) {
            MemoryOperand memory = (MemoryOperand) decoded;
            assertThat(memory.base()).as(hex).isEqualTo(at.base());
            assertThat(memory.index()).as(hex).isEqualTo(at.index());
            assertThat(memory.ripRelative()).as(hex).isEqualTo(at.ripRelative());
            assertThat(memory.displacement()).as(hex).isEqualTo(value(at.displacement()));
            assertThat(memory.sizeBytes())
                    .as(hex)
                    .isEqualTo(form.operands().get(index).memoryBytes());
            if (at.segment() != null) assertThat(memory.segment()).as(hex).isEqualTo(at.segment());
            if (at.index() != null) assertThat(memory.scale()).as(hex).isEqualTo(at.scale());
        } else if (decoded instanceof ImmediateOperand immediate) {
            assertThat(immediate.value()).as(hex).isEqualTo(value(((SourceOperand.Immediate) source).value()));
        } else {
            assertThat(decoded).as(hex).isInstanceOf(RelativeOperand.class);
        }
    }

    private static long value(Expression expression) {
        return ((Expression.Constant) expression).value();
    }

    @Test
    @DisplayName("takes LOCK exactly where the manual lists the instruction and the destination is memory")
    void lock() {
        new TableWalk().samples().forEach((hex, sample) -> {
            byte[] bytes = HexFormat.of().parseHex("f0" + hex);
            DecodeResult result = decoder.decode(index -> bytes[index], CodeMode.LONG_64);
            if (LockRule.permits(decode(hex))) {
                assertThat(result).as(hex).isInstanceOf(DecodeResult.Decoded.class);
            } else {
                assertThat(result).as(hex).isInstanceOf(DecodeResult.Undefined.class);
            }
        });
    }

    @Test
    @DisplayName("is in the expectations, and nothing else is but the extra bytes")
    void expectationsAreComplete() throws IOException {
        Set<String> wanted = new HashSet<>(new TableWalk().samples().keySet());
        resource("extra.hex").lines().filter(line -> !line.startsWith("#")).forEach(wanted::add);

        assertThat(expected().stream().map(Expected::hex)).containsExactlyInAnyOrderElementsOf(wanted);
    }

    @Test
    @DisplayName("disassembles as GNU objdump 2.40 does, in both syntaxes")
    void disassembles() throws IOException {
        List<String> differences = new ArrayList<>();
        for (Expected line : expected()) {
            Instruction instruction = decode(line.hex);
            if (UNKNOWN_TO_BINUTILS.contains(instruction.mnemonic()) || isCutToo(instruction)) continue;
            String att = disassembler.text(instruction, 0, Syntax.ATT);
            String intel = disassembler.text(instruction, 0, Syntax.INTEL);
            if (!att.equals(line.att)) differences.add(line.hex + ": `" + att + "`, objdump `" + line.att + "`");
            if (!intel.equals(line.intel))
                differences.add(line.hex + ": `" + intel + "`, objdump `" + line.intel + "`");
        }
        assertThat(differences).isEmpty();
    }

    /** binutils cuts the target of XBEGIN rel16 to 16 bits in 64-bit mode too. Intel SDM Vol. 2D, XBEGIN, Operation. */
    private static boolean isCutToo(Instruction instruction) {
        return instruction.form().name().equals("XBEGIN") && instruction.operandSizeBytes() == Short.BYTES;
    }

    @Test
    @DisplayName("assembles as GNU as 2.40 does from AT&T text")
    void assemblesAtt() throws IOException {
        List<String> differences = new ArrayList<>();
        for (Expected line : expected()) {
            if (isAssembled(line)) compare("", line.att, line.fromAtt, line.hex, differences);
        }
        assertThat(differences).isEmpty();
    }

    @Test
    @DisplayName("assembles as GNU as 2.40 does from Intel text")
    void assemblesIntel() throws IOException {
        List<String> differences = new ArrayList<>();
        for (Expected line : expected()) {
            if (!isAssembled(line)) continue;
            compare(".intel_syntax noprefix\n", line.intel, line.fromIntel, line.hex, differences);
        }
        assertThat(differences).isEmpty();
    }

    /** Rows that are in listings only, and names with an immediate in them, are none of the assembler's. */
    private boolean isAssembled(Expected line) {
        InstructionForm form = decode(line.hex).form();
        boolean listed = form.mnemonic() == Mnemonic.LISTED && form.has(FormAttribute.DECODE);
        return !listed && !form.has(FormAttribute.COMPARE) && !form.has(FormAttribute.CARRYLESS);
    }

    private static void compare(String head, String text, String gnu, String hex, List<String> differences) {
        if (gnu.equals("-") || PSEUDO_INDEX.matcher(text).find()) return;
        String wanted = gnu.equals("=") ? hex : gnu;
        boolean branch = text.matches(".*\\b(j\\w+|call|loop\\w*|xbegin)(,p[nt])? +[0-9a-f]+");
        String source = branch ? text.replaceFirst("[0-9a-f]+$", ".") : text;
        try {
            Program program = ASSEMBLER.assemble("walk.S", head + source + "\n");
            String ours = HexFormat.of().formatHex(program.sections().get(0).bytes());
            if (!ours.equals(wanted)) differences.add(source + ": " + ours + ", as " + wanted);
        } catch (AssemblyFailed e) {
            differences.add(source + ": " + e.getMessage() + ", as " + wanted);
        }
    }

    private static final Assembler ASSEMBLER =
            new Assembler(AssemblerOptions.of(Map.of(".text", 0L), IncludeResolver.none()));
}
