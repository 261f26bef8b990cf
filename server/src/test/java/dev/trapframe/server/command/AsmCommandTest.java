package dev.trapframe.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("trapframe asm")
class AsmCommandTest {

    private static final String SOURCE = """
            \t.include "save.inc"
            _start:\tSAVE\trax
            \tmov\t$message, %rdi
            \tjmp\t_start
            \t.data
            message: .asciz "hi"
            """;

    @TempDir
    private Path folder;

    private Path source;

    @BeforeEach
    void writeSource() throws IOException {
        source = Files.writeString(folder.resolve("entry.S"), SOURCE);
        Files.writeString(folder.resolve("save.inc"), "\t.macro SAVE r\n\tpush %\\r\n\t.endm\n");
    }

    private CommandLineRun asm(String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = source.toString();
        System.arraycopy(options, 0, arguments, 1, options.length);
        return CommandLineRun.of(new AsmCommand(), arguments);
    }

    @Test
    @DisplayName("prints the bytes as hex digits, with sections one after the other from the origin")
    void hex() {
        CommandLineRun run = asm("--origin", "0x100000");

        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("5048c7c70a001000ebf6686900\n");
        assertThat(asm("--origin=100000", "--format", "hex", "-o", "-").out()).isEqualTo(run.out());
    }

    @Test
    @DisplayName("writes the bytes into a file")
    void bin() throws IOException {
        Path out = folder.resolve("entry.bin");

        CommandLineRun run = asm("--format", "bin", "--origin", "0x7c00", "-o", out.toString());

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(Files.readAllBytes(out))
                .startsWith(0x50, 0x48, 0xc7, 0xc7, 0x0a, 0x7c, 0x00, 0x00)
                .hasSize(13);
    }

    @Test
    @DisplayName("writes an ELF file")
    void elf() throws IOException {
        Path out = folder.resolve("entry.elf");

        assertThat(asm("--format", "elf", "--origin", "0x100000", "-o", out.toString())
                        .exitCode())
                .isZero();
        assertThat(Files.readAllBytes(out)).startsWith(0x7f, 'E', 'L', 'F', 2, 1, 1);
    }

    @Test
    @DisplayName("prints a listing")
    void listing() {
        assertThat(asm("--format", "listing", "--origin", "0xffffffff81000000").lines())
                .anyMatch(line -> line.startsWith("0xffffffff81000000  50 "))
                .contains("0xffffffff81000000  .text         local   _start");
    }

    @Test
    @DisplayName("takes Intel syntax from the first line on")
    void intel() throws IOException {
        Files.writeString(source, "mov rax, [rbx]\n");

        assertThat(asm("--intel").out()).isEqualTo("488b03\n");
    }

    @Test
    @DisplayName("prints every error with file, line and column, and the macros it is in, and exits with 1")
    void errors() throws IOException {
        Files.writeString(source, "\tswapg\n\t.include \"save.inc\"\n\tSAVE rxx\n\tmov %eax, %rbx\n");

        CommandLineRun run = asm();

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines())
                .containsSubsequence(
                        source + ":1:2: unknown mnemonic `swapg`, did you mean `swapgs`?",
                        "save.inc:2:7: there is no register `%rxx`, did you mean `%rax`?",
                        "    in macro SAVE at " + source + ":3")
                .anyMatch(line -> line.startsWith(source + ":4:6: `mov` does not take these operands"));
    }

    @Test
    @DisplayName("prints warnings and still assembles")
    void warnings() throws IOException {
        Files.writeString(source, "\t.warning \"careful\"\n\tnop\n");

        CommandLineRun run = asm();

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("90\n");
        assertThat(run.err().lines()).containsExactly(source + ":1:2: warning: careful");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../outside.inc", "link.inc", "/etc/hostname", "nowhere.inc"})
    @DisplayName("includes nothing from outside of the folder")
    void include(String name) throws IOException {
        Path inside = Files.createDirectory(folder.resolve("inside"));
        Files.writeString(folder.resolve("outside.inc"), "\tnop\n");
        Files.createSymbolicLink(inside.resolve("link.inc"), folder.resolve("outside.inc"));
        source = Files.writeString(inside.resolve("entry.S"), "\t.include \"" + name + "\"\n");

        CommandLineRun run = asm();

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("`" + name + "` cannot be included: there is no such file here");
    }

    @Test
    @DisplayName("includes from the folder named include, too")
    void includeFolder() throws IOException {
        Files.createDirectory(folder.resolve("include"));
        Files.writeString(folder.resolve("include/more.inc"), "\tcld\n");
        Files.writeString(source, "\t.include \"more.inc\"\n");

        assertThat(asm().out()).isEqualTo("fc\n");
    }

    @Test
    @DisplayName("says which file is not there")
    void missingFile() {
        source = folder.resolve("nowhere.S");

        CommandLineRun run = asm();

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("nowhere.S: there is no such file or folder");
    }

    @Test
    @DisplayName("says which file is no text")
    void noText() throws IOException {
        Files.write(source, new byte[] {(byte) 0xff, (byte) 0xfe});

        assertThat(asm().err()).contains("is no UTF-8 text");
        assertThat(asm().exitCode()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--format=text", "--origin=here", "--what"})
    @DisplayName("exits with 2 when it is called wrongly")
    void usage(String option) {
        CommandLineRun run = asm(option);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("Usage: asm").contains(option.replaceFirst(".*=", ""));
    }
}
