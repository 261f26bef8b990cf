package dev.trapframe.emulator.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.overlay.StructLayout.Field;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The layout of a C struct")
class StructLayoutTest {

    private static StructLayout layout(String members) {
        return StructLayout.parse("test.h", "struct s { " + members + " };").get("s");
    }

    private static Map<String, StructLayout> structsOfTheLessons() throws IOException {
        return StructLayout.parse(
                "structs.h", Files.readString(Path.of("..", "lessons", "programs", "include", "structs.h")));
    }

    @Test
    @DisplayName("of pt_regs is 168 bytes: r15 first, orig_ax at 0x78, ip at 0x80, ss at 0xa0")
    void laysOutPtRegs() throws IOException {
        StructLayout ptRegs = structsOfTheLessons().get("pt_regs");

        List<String> order = List.of(
                "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di",
                "orig_ax", "ip", "cs", "flags", "sp", "ss");
        assertThat(ptRegs.sizeBytes()).isEqualTo(168);
        assertThat(ptRegs.fields()).extracting(Field::path).containsExactlyElementsOf(order);
        assertThat(ptRegs.fields())
                .extracting(Field::offset)
                .containsExactlyElementsOf(java.util.stream.IntStream.range(0, 21)
                        .mapToObj(i -> 8 * i)
                        .toList());
        assertThat(ptRegs.field("orig_ax").orElseThrow().offset()).isEqualTo(0x78);
        assertThat(ptRegs.field("ip").orElseThrow().offset()).isEqualTo(0x80);
        assertThat(ptRegs.field("ss").orElseThrow().offset()).isEqualTo(0xa0);
    }

    @Test
    @DisplayName("of extended_pt_regs has exit_rcu at P-16, seven bytes of padding, pks at P-8, and pt_regs last")
    void laysOutExtendedPtRegs() throws IOException {
        StructLayout extended = structsOfTheLessons().get("extended_pt_regs");

        Overlay overlay = Overlay.containing(extended, "regs.r15", 0xffffc90000003f58L);
        assertThat(extended.sizeBytes()).isEqualTo(184);
        assertThat(overlay.linear()).isEqualTo(0xffffc90000003f48L);
        assertThat(overlay.linearOf(extended.field("arch.pks").orElseThrow())).isEqualTo(0xffffc90000003f50L);
        assertThat(extended.fields().subList(0, 3))
                .containsExactly(new Field("exit_rcu", 0, 1), new Field("", 1, 7), new Field("arch.pks", 8, 8));
        assertThat(overlay.fieldAt(0xffffc90000003f4fL)).contains(new Field("", 1, 7));
        assertThat(overlay.fieldAt(overlay.linear() + 184)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "char a; int b;                        | 8  | 4",
                "u8 a; u16 b; u8 c;                    | 6  | 2",
                "unsigned long int a; short b;         | 16 | 8",
                "void *p; bool b;                      | 16 | 8",
                "char c; struct other *p; char d;      | 24 | 8",
                "u8 a[3]; u32 b[2];                    | 12 | 4",
                "u8 a[2][3], b;                        | 7  | 1",
                "struct { u8 a; u32 b; } x[2]; u8 c;   | 20 | 4",
                "struct { u8 a; u64 b; }; u8 c;        | 24 | 8",
                "const volatile unsigned long long a;  | 8  | 8",
                "long unsigned a; /* one */ u8 b; // x | 16 | 8"
            })
    @DisplayName("follows the System V ABI: members at multiples of their alignment, size a multiple of the largest")
    void followsTheAbi(String members, int size, int alignment) {
        StructLayout layout =
                StructLayout.parse("test.h", "struct s {\n" + members + "\n};").get("s");

        assertThat(layout.sizeBytes()).isEqualTo(size);
        assertThat(layout.alignmentBytes()).isEqualTo(alignment);
        assertThat(layout.fields().stream().mapToInt(Field::sizeBytes).sum()).isEqualTo(size);
    }

    @Test
    @DisplayName("names members of arrays and of nested structs by their path")
    void namesPaths() {
        StructLayout layout = layout("struct { u8 a; u32 b; } x[2]; u16 m[2][2]; struct { u8 z; };");

        assertThat(layout.members())
                .extracting(Field::path)
                .containsExactly(
                        "x[0].a", "x[0].b", "x[1].a", "x[1].b", "m[0][0]", "m[0][1]", "m[1][0]", "m[1][1]", "z");
        assertThat(layout.members()).extracting(Field::offset).containsExactly(0, 4, 8, 12, 16, 18, 20, 22, 24);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "struct s { union { u8 a; } b; };   | test.h:1:12: unions are not supported",
                "struct s { u8 a : 3; };            | test.h:1:17: bit-fields are not supported",
                "struct s { u8 a; u8 a; };          | test.h:1:21: member a is declared twice",
                "struct s { frob a; };              | test.h:1:12: unknown type frob",
                "struct s { struct t a; };          | test.h:1:19: struct t is not declared before",
                "struct s { u8 a[0]; };             | test.h:1:17: an array has 1 to 4096 elements",
                "struct s { u8 a[x]; };             | test.h:1:17: expected the number of elements, got x",
                "struct s { void a; };              | test.h:1:17: a member cannot be void",
                "struct s { long short a; };        | test.h:1:12: C has no such integer type",
                "struct s { };                      | test.h:1:13: a struct needs at least one member",
                "struct s { u8 a;                   | test.h:1:17: unknown type the end of the file",
                "struct s { u8 a /* b; };           | test.h:1:17: the comment that begins here has no end",
                "int x;                             | test.h:1:1: expected struct, got int"
            })
    @DisplayName("is refused with file, line and column where the declaration is not understood")
    void namesThePlaceOfAnError(String source, String message) {
        assertThatExceptionOfType(BadDeclaration.class)
                .isThrownBy(() -> StructLayout.parse("test.h", source))
                .withMessageStartingWith(message);
    }
}
