package dev.trapframe.emulator.assemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.trapframe.emulator.api.Program;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The assembler")
class AssemblerTest {

    private static final long TEXT = 0xffffffff81000000L;
    private static final Map<String, Long> BASES =
            Map.of(".text", TEXT, ".data", 0xffffffff82000000L, ".bss", 0xffffffff82200000L);

    private static final Map<String, String> FILES = Map.of(
            "macros.inc", "        .macro TWICE what\n        \\what\n        \\what\n        .endm\n",
            "again.inc", "        .include \"again.inc\"\n");

    private final Assembler assembler =
            new Assembler(AssemblerOptions.of(BASES, name -> Optional.ofNullable(FILES.get(name))));

    private Program assemble(String source) {
        return assembler.assemble("entry.S", source);
    }

    private String text(String source) {
        return HexFormat.of()
                .formatHex(assemble(source).section(".text").orElseThrow().bytes());
    }

    private List<String> errors(String source) {
        AssemblyFailed failure = catchThrowableOfType(AssemblyFailed.class, () -> assemble(source));
        assertThat(failure).as("the source has errors").isNotNull();
        return failure.diagnostics().stream().map(Diagnostic::toString).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sequences", "sequences-intel"})
    @DisplayName("makes the bytes that GNU as and ld make of whole programs")
    void sequences(String name) throws IOException {
        Program program = assemble(TableWalkTest.resource(name + ".S"));

        for (String line : TableWalkTest.resource(name + ".expected").lines().toList()) {
            String[] cells = line.split(" ");
            Program.Section section = program.section(cells[0]).orElseThrow();
            assertThat(Long.toHexString(section.linear())).isEqualTo(cells[1]);
            assertThat(HexFormat.of().formatHex(section.bytes())).as(cells[0]).isEqualTo(cells[2]);
        }
    }

    @Nested
    @DisplayName("reports errors")
    class Errors {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                ignoreLeadingAndTrailingWhitespace = false,
                value = {
                    "        swapg|entry.S:1:9: unknown mnemonic `swapg`, did you mean `swapgs`?",
                    "        .balgn 4|entry.S:1:9: unknown directive `.balgn`, did you mean `.balign`?",
                    "        movl %eax, %rbx|entry.S:1:14: `movl` does not take these operands",
                    "        mov $1, (%rax)|entry.S:1:17: no operand tells the size of the operation: add a suffix b, w, l or q",
                    "        mov $1, %eex|entry.S:1:17: there is no register `%eex`",
                    "        jmp nowhere|entry.S:1:13: symbol `nowhere` is not defined",
                    "        jmp 1b|entry.S:1:13: there is no label `1:` before this",
                    "        lock mov %eax,(%rbx)|entry.S:1:9: `lock` is not allowed here",
                    "        lock add %eax,%ebx|entry.S:1:9: `lock` is not allowed here",
                    "        mov %ah,%r8b|entry.S:1:9: ah, bh, ch and dh cannot be used",
                    "        .byte 256|entry.S:1:15: value 0x100 does not fit into 8 bits",
                    "        .long 1/0|entry.S:1:15: division by zero",
                    "        .error \"no luck\"|entry.S:1:9: no luck",
                    "        .include \"x.inc\"|entry.S:1:18: `x.inc` cannot be included",
                    "        .if 1|entry.S:1:9: `.endif` is missing",
                    "        .endif|entry.S:1:9: `.endif` without `.if`",
                    "        .macro M|entry.S:1:9: `.endm` is missing",
                    "        .rept 1000000000|entry.S:1:9: `.endr` is missing",
                    "        .skip 100000000|entry.S:1:15: this would write 100000000 times 1 bytes",
                    "        cld cld|entry.S:1:13: `cld` takes no operands, not 1",
                    "        lea (%rax,%rsp),%rax|entry.S:1:13: the stack pointer cannot be an index",
                    "        loop .+1000|entry.S:1:14: the target is too far: value 0x3e6 does not fit into 8 bits"
                })
        @DisplayName("with file, line, column and what is wrong")
        void oneError(String source, String message) {
            assertThat(errors(source)).hasSize(1).first().asString().startsWith(message);
        }

        @Test
        @DisplayName("all of them in one run")
        void manyErrors() {
            assertThat(errors("nopp\n nop\n retx; pushh %rax\nfoo: foo: nop\n"))
                    .extracting(message -> message.substring(0, 12))
                    .containsExactly("entry.S:1:1:", "entry.S:3:2:", "entry.S:3:8:", "entry.S:4:6:");
        }

        @Test
        @DisplayName("with the trail of macro expansions")
        void macroTrail() {
            String source = ".macro INNER r\n mov %\\r, %eax\n.endm\n.macro OUTER r\n INNER \\r\n.endm\n OUTER exx\n";

            assertThat(errors(source))
                    .containsExactly("entry.S:2:6: there is no register `%exx`, did you mean `%eax`?\n"
                            + "    in macro INNER at entry.S:5\n"
                            + "    in macro OUTER at entry.S:7");
        }

        @Test
        @DisplayName("for a section that has no address")
        void unknownSection() {
            assertThat(errors(".section .init,\"ax\"\nnop\n"))
                    .first()
                    .asString()
                    .contains(
                            "entry.S:2:1: section `.init` has no address here; sections with one are: .bss .data .text");
        }

        @Test
        @DisplayName("for a value that a macro needs")
        void requiredArgument() {
            assertThat(errors(".macro M x:req\n.endm\n M\n"))
                    .containsExactly("entry.S:3:2: macro `M` needs a value for `x`");
        }
    }

    @Nested
    @DisplayName("gives up")
    class Limits {

        @Test
        @DisplayName("on includes and expansions without end")
        void depth() {
            assertThat(errors(".include \"again.inc\"\n")).first().asString().contains("nested deeper than 64 levels");
            assertThat(errors(".macro M\n M\n.endm\n M\n")).first().asString().contains("nested deeper than 64 levels");
        }

        @Test
        @DisplayName("on too many statements")
        void statements() {
            String source = ".rept 1000\n.rept 1000\nnop\n.endr\n.endr\n";
            assertThat(errors(source)).first().asString().contains("more than 400000 statements");
            assertThat(errors(".rept 1000000000\nnop\n.endr\n"))
                    .first()
                    .asString()
                    .contains("repeated 1000000000 times");
        }

        @Test
        @DisplayName("on too much source and too much output")
        void sizes() {
            assertThat(errors("#".repeat(2 << 20))).first().asString().contains("more than 1048576 characters");
            assertThat(errors(".skip 9000000\n.skip 9000000\n"))
                    .first()
                    .asString()
                    .contains("more than 16777216 bytes");
        }

        @Test
        @DisplayName("on an expression without end")
        void expression() {
            assertThat(errors(".quad " + "(".repeat(10_000) + "\n"))
                    .first()
                    .asString()
                    .contains("too deep");
            assertThat(errors("a = b\nb = a + 1\n.quad b\n")).first().asString().contains("too deep");
        }
    }

    @Test
    @DisplayName("maps addresses to lines, in macros to the line of the body with its arguments")
    void sourceMap() {
        Program program = assemble("_start: nop\n.macro SET r\n mov $1, %\\r\n.endm\n SET ecx\n ret # done\n");

        assertThat(program.symbols()).containsEntry("_start", TEXT);
        assertThat(program.lines())
                .containsExactly(
                        Map.entry(TEXT, new Program.SourceLine("entry.S", 1, "_start: nop", "")),
                        Map.entry(TEXT + 1, new Program.SourceLine("entry.S", 3, " mov $1, %ecx", "SET")),
                        Map.entry(TEXT + 6, new Program.SourceLine("entry.S", 6, " ret # done", "")));
    }

    @Test
    @DisplayName("includes files through the resolver")
    void includes() {
        assertThat(text(".include \"macros.inc\"\n TWICE cld\n TWICE \"push %rax\"\n"))
                .isEqualTo("fcfc5050");
    }

    @Test
    @DisplayName("keeps .trapframe sections without loading them, drops other ones without the a flag")
    void unloadedSections() {
        Program program = assemble("f: nop\n.section .trapframe.phase\n.quad f, 2\n.section .comment\n.byte 1\n");

        assertThat(program.sections()).extracting(Program.Section::name).containsExactly(".trapframe.phase", ".text");
        Program.Section phase = program.section(".trapframe.phase").orElseThrow();
        assertThat(phase.loaded()).isFalse();
        assertThat(phase.linear()).isZero();
        assertThat(HexFormat.of().formatHex(phase.bytes())).isEqualTo("00000081ffffffff0200000000000000");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "int $0x80|cd80",
                "push $0xffffffffffffff91|6a91",
                "mov %gs:0x10(%rip),%rsp|65488b2510000000",
                "foo = 3; add $foo, %rsp|4883c403",
                "x: mov $x, %rdi|48c7c700000081",
                ".macro A b, c=2; .endm; nop|90"
            })
    @DisplayName("encodes single lines as GNU as does")
    void singleLines(String source, String hex) {
        assertThat(text(source.replace("; ", "\n"))).isEqualTo(hex);
    }

    @Test
    @DisplayName("takes // for a comment, as source has it that goes through the C preprocessor")
    void slashComments() {
        assertThat(text("nop // hlt; hlt\n cld//std\n")).isEqualTo("90fc");
    }

    @Test
    @DisplayName("puts sections one after the other: code, read-only data, data, zeroes")
    void flat() {
        String source = ".bss\nb: .skip 8\n.data\nd: .balign 8\n.byte 1\n.section .rodata\nr: .byte 2\n"
                + ".section .more,\"ax\"\n.balign 16\nm: nop\n.text\nt: nop\n";
        AssemblerOptions options = AssemblerOptions.flat(0x7c00, IncludeResolver.none());

        Assembly assembly = new Assembler(options).assembleAll("entry.S", source);

        assertThat(assembly.program().symbols())
                .containsEntry("t", 0x7c00L)
                .containsEntry("m", 0x7c10L)
                .containsEntry("r", 0x7c11L)
                .containsEntry("d", 0x7c18L)
                .containsEntry("b", 0x7c19L);
        FlatImage image = FlatImage.of(assembly);
        assertThat(image.linear()).isEqualTo(0x7c00);
        assertThat(image.bytes()).hasSize(0x19);
    }

    @Test
    @DisplayName("can begin in Intel syntax")
    void intelFromTheStart() {
        AssemblerOptions options =
                AssemblerOptions.of(BASES, IncludeResolver.none()).withIntelSyntax(true);

        Program program = new Assembler(options).assemble("entry.S", "mov rax, [rbx+8]\n");

        assertThat(program.section(".text").orElseThrow().bytes()).containsExactly(0x48, 0x8b, 0x43, 0x08);
    }

    @Test
    @DisplayName("refuses an origin that its alignment does not allow")
    void alignedOrigin() {
        AssemblerOptions options = AssemblerOptions.flat(0x1001, IncludeResolver.none());

        AssemblyFailed failure = catchThrowableOfType(
                AssemblyFailed.class, () -> new Assembler(options).assemble("entry.S", "nop\n.balign 16\n"));

        assertThat(failure)
                .hasMessage(
                        "entry.S:1:1: section `.text` is to start at 0x1001, which is no multiple of its alignment, 16");
    }
}
