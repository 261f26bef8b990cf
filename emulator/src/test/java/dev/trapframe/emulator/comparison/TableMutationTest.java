package dev.trapframe.emulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.isa.FormAttribute;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.OpcodePattern;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayName("A broken row of the instruction table")
class TableMutationTest {

    private static final int ROWS = 40;
    private static final long SEED = 7;

    private final List<Row> rows = new ArrayList<>();
    private final List<String> known = Expected.lines("surviving-mutants.tsv");
    private final ExpectedOutcomes outcomes = new ExpectedOutcomes();

    /** A line of the table and what it says. */
    private record Row(String line, InstructionForm form) {

        static Row of(String line) throws IOException {
            return new Row(line, table(List.of(line)).forms().get(0));
        }

        boolean sharesOpcode(InstructionForm other) {
            OpcodePattern mine = form.opcode();
            OpcodePattern theirs = other.opcode();
            boolean eight = mine.registerInOpcode() || theirs.registerInOpcode();
            int mask = eight ? 0xF8 : 0xFF;
            boolean sameMap = mine.map() == theirs.map() && (mine.vex() == null) == (theirs.vex() == null);
            return sameMap && ((mine.opcode() ^ theirs.opcode()) & mask) == 0;
        }
    }

    TableMutationTest() throws IOException {
        for (String line : Expected.lines("../isa/x86-64.tsv")) {
            rows.add(Row.of(line));
        }
    }

    @Test
    @DisplayName("is noticed, whatever is broken in it, for some rows")
    void some() throws IOException {
        List<Row> chosen = new ArrayList<>(rows);
        Collections.shuffle(chosen, new Random(SEED));
        assertThat(survivors(chosen.subList(0, ROWS))).isEmpty();
    }

    @Test
    @Tag("long")
    @DisplayName("is noticed, whatever is broken in it, for all rows")
    void all() throws IOException {
        assertThat(survivors(rows)).isEmpty();
    }

    private List<String> survivors(List<Row> broken) throws IOException {
        List<String> survivors = new ArrayList<>();
        for (Row row : broken) {
            if (isReservedNop(row.form)) continue;
            Random random = new Random(SEED + row.line.hashCode());
            for (TableMutations.Mutant mutant : TableMutations.of(row.line, random)) {
                if (isKnown(mutant, row)) continue;
                if (!isNoticed(mutant, row)) survivors.add(mutant.what() + "\t" + row.line);
            }
        }
        return survivors;
    }

    /** binutils has names for these that the manual has not: there is nothing to compare with. */
    private static boolean isReservedNop(InstructionForm form) {
        return form.mnemonic() == Mnemonic.NOP && form.has(FormAttribute.DECODE);
    }

    /** True if {@code surviving-mutants.tsv} says why nothing can notice it. */
    private boolean isKnown(TableMutations.Mutant mutant, Row row) {
        String name = row.form.mnemonic() == Mnemonic.LISTED
                ? row.form.name()
                : row.form.mnemonic().name();
        return known.stream()
                .map(line -> line.split("\t"))
                .anyMatch(cells -> cells[0].equals(mutant.what()) && name.matches(cells[1]));
    }

    /** A mutant changes nothing but the cells of its own opcode and of the opcode that it left: the rows of both are enough. */
    private boolean isNoticed(TableMutations.Mutant mutant, Row broken) throws IOException {
        Row changed;
        try {
            changed = Row.of(mutant.row());
        } catch (IllegalArgumentException e) {
            return true;
        }
        List<String> lines = new ArrayList<>();
        List<InstructionForm> forms = new ArrayList<>();
        for (Row row : rows) {
            if (!row.sharesOpcode(broken.form) && !row.sharesOpcode(changed.form)) continue;
            lines.add(row == broken ? changed.line : row.line);
            forms.add(row.form);
        }
        return outcomes.notices(table(lines), forms);
    }

    private static InstructionTable table(List<String> lines) throws IOException {
        return InstructionTable.read(new StringReader(String.join("\n", lines)), "mutant");
    }
}
