package dev.trapframe.emulator.isa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The instruction table")
class InstructionTableTest {

    private static InstructionTable read(String rows) throws IOException {
        return InstructionTable.read(new StringReader(rows), "table");
    }

    @Test
    @DisplayName("has a row for each mnemonic")
    void everyMnemonic() {
        Set<Mnemonic> named = InstructionTable.standard().forms().stream()
                .map(InstructionForm::mnemonic)
                .collect(Collectors.toSet());

        assertThat(named).containsExactlyInAnyOrder(Mnemonic.values());
    }

    @Test
    @DisplayName("reads the manual's notation")
    void readsNotation() throws IOException {
        InstructionForm form =
                read("MOV\tREX.W + C7 /0 id\tr/m64, imm32\tW,R\t-\t64").forms().get(0);

        assertThat(form.opcode().rexW()).isTrue();
        assertThat(form.opcode().opcode()).isEqualTo(0xC7);
        assertThat(form.opcode().modRm()).isEqualTo(OpcodePattern.ModRm.DIGIT);
        assertThat(form.operands().get(0).kind()).isEqualTo(OperandKind.REGISTER_OR_MEMORY);
        assertThat(form.operands().get(0).written()).isTrue();
        assertThat(form.operands().get(1).encodedBytes()).isEqualTo(4);
        assertThat(form.attNames()).containsExactly(new GnuName("mov", GnuName.Suffix.IF_NEEDED));
    }

    @Test
    @DisplayName("has no row twice")
    void twice() {
        assertThatThrownBy(() -> read("NOP\t90\nHLT\tF4\nNOP\t90"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("table:3: the same row stands further up");
    }

    @Test
    @DisplayName("numbers the conditions of Jcc as the manual does")
    void conditions() {
        InstructionForm jg = InstructionTable.standard().forms().stream()
                .filter(form -> form.mnemonic() == Mnemonic.JG)
                .findFirst()
                .orElseThrow();

        assertThat(jg.condition()).isEqualTo(15);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MOVV;89 /r;r/m32, r32;W,R;-;32 | Mnemonic has no constant MOVV",
                "MOV;8 /r;r/m32, r32;W,R;-;32 | two hex digits expected, got 8",
                "MOV;89 /r;r/m32, q32;W,R;-;32 | unknown operand q32",
                "MOV;89 /r;r/m32, r32;W;-;32 | 2 operands, but access says W",
                "MOV;89 /r;r/m32, r32;W,X;-;32 | access is R, W, RW or N, got X",
                "MOV;89 /r;r/m64, r64;W,R;-;64 | size is 64 exactly where the encoding has REX.W",
                "MOV;C7 /0;r/m32, imm32;W,R;-;32 | the encoding has 0 bytes of immediate, the operands 4",
                "MOV;89;r/m32, r32;W,R;-;32 | an operand needs ModRM: /r or /digit",
                "MOV;89 /r;r/m32, r32;W,R;-;33 | operand size is 8, 16, 32, 64, 64d or -, got 33",
                "MOV;89 /r;r/m32, r32;W,R;-;32;locked | unknown attribute locked"
            })
    @DisplayName("names the line of a bad row and what is wrong")
    void badRows(String row, String message) {
        String rows = "# head\n\n" + row.replace(';', '\t');

        assertThatThrownBy(() -> read(rows))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("table:3: " + message);
    }
}
