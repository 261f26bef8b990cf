package dev.trapframe.emulator.assemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code mistakes.txt} has a source in each line, {@code \n} between its lines, and what is said of it. */
@DisplayName("What the assembler says of mistakes")
class MistakesTest {

    private static final String SEPARATOR = " ==> ";
    private static final String LINE_END = " ¶ ";
    private static final int KINDS = 180;

    private static final Map<String, Long> BASES =
            Map.of(".text", 0x1000L, ".data", 0x2000L, ".bss", 0x3000L, ".high", 0xffffffff81000000L);
    private static final Map<String, String> FILES =
            Map.of("bad.inc", "nop\n bad\n", "self.inc", ".include \"self.inc\"\n");

    record Mistake(String source, String message) {
        @Override
        public String toString() {
            return source;
        }
    }

    static List<Mistake> mistakes() throws IOException {
        return GnuSample.text("mistakes.txt")
                .lines()
                .map(line -> line.split(SEPARATOR))
                .map(cells -> new Mistake(cells[0], cells[1]))
                .toList();
    }

    private static String said(String source) {
        var options = AssemblerOptions.of(BASES, name -> Optional.ofNullable(FILES.get(name)));
        AssemblyFailed failure =
                catchThrowableOfType(AssemblyFailed.class, () -> new Assembler(options).assemble("f.S", source));
        assertThat(failure).as("the source has errors").isNotNull();
        return failure.diagnostics().stream()
                .map(Diagnostic::toString)
                .map(text -> text.replace("\n", LINE_END))
                .collect(Collectors.joining(LINE_END));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    @DisplayName("names the place, what is wrong, and what may have been meant")
    void mistakes(Mistake mistake) {
        assertThat(said(mistake.source.replace("\\n", "\n") + "\n")).isEqualTo(mistake.message);
    }

    @Test
    @DisplayName("is known for at least " + KINDS + " kinds of them")
    void enough() throws IOException {
        assertThat(mistakes()).hasSizeGreaterThanOrEqualTo(KINDS).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("is about the column of the body, where a macro has put something in before it")
    void columnInTheBody() {
        String source = ".macro LONG a, b\n mov \\a, \\b\n.endm\n LONG \"$0x123456789abcdef0\", %eex\n";

        assertThat(said(source)).startsWith("f.S:2:10: there is no register `%eex`");
    }

    @Test
    @DisplayName("is about the column of the statement, where a line has many")
    void columnOfLaterStatements() {
        assertThat(said("nop; nop /* ; */ ; foo # bar ; baz\n")).isEqualTo("f.S:1:20: unknown mnemonic `foo`");
    }

    @Test
    @DisplayName("tells of many at once, and of no more than fifty")
    void many() {
        assertThat(said(" foo\n".repeat(3)).split(LINE_END)).hasSize(3);
        assertThat(said(" foo\n".repeat(1000)).split(LINE_END)).hasSize(50);
        assertThat(said(" jmp a\n jmp b\n".repeat(2)).split(LINE_END)).hasSize(2);
    }

    @Test
    @DisplayName("as a warning lets the program pass")
    void warnings() {
        var options = AssemblerOptions.of(BASES, IncludeResolver.none());

        Assembly assembly =
                new Assembler(options).assembleAll("f.S", " .warning \"careful\"\n .print \"hello\"\n nop\n");

        assertThat(assembly.warnings())
                .extracting(Diagnostic::toString)
                .containsExactly("f.S:1:2: warning: careful", "f.S:2:2: note: hello");
        assertThat(assembly.program().section(".text").orElseThrow().bytes()).containsExactly(0x90);
    }
}
