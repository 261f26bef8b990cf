package dev.trapframe.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("trapframe disasm")
class DisasmCommandTest {

    private static CommandLineRun disasm(String... arguments) {
        return CommandLineRun.of(new DisasmCommand(), arguments);
    }

    @Test
    @DisplayName("prints address, colon, tab and text, addresses as objdump has them for raw bytes")
    void linesOfRawBytes() {
        CommandLineRun run =
                disasm("--hex", "eb 03 48 8b 05 10 00 00 00 67 8b 05 10 00 00 00", "--address", "0x401000");

        assertThat(run.exitCode()).isZero();
        assertThat(run.lines())
                .containsExactly(
                        "401000:\tjmp    0x401005",
                        "401002:\tmov    0x10(%rip),%rax        # 0x401019",
                        "401009:\tmov    0x10(%eip),%eax        # 0x401020");
    }

    @Test
    @DisplayName("writes Intel syntax and 32-bit code when asked to")
    void syntaxAndBits() {
        assertThat(disasm("--hex", "8b4304", "--syntax", "intel").lines())
                .containsExactly("0:\tmov    eax,DWORD PTR [rbx+0x4]");
        assertThat(disasm("--hex", "40 c4 06", "--bits", "32").lines())
                .containsExactly("0:\tinc    %eax", "1:\tles    (%esi),%eax");
    }

    @Test
    @DisplayName("goes on after bytes that are no instruction, and says where the end cuts one off")
    void badAndTruncated() {
        assertThat(disasm("--hex", "06 66 06 0f 04 90 48 8b").lines())
                .containsExactly("0:\t(bad)", "1:\t(bad)", "3:\t(bad)", "5:\tnop", "6:\t.byte 0x48", "7:\t.byte 0x8b");
    }

    @Test
    @DisplayName("reads a file of raw bytes")
    void file(@TempDir Path folder) throws IOException {
        Path code = Files.write(folder.resolve("code.bin"), new byte[] {(byte) 0x0f, 0x01, (byte) 0xf8, (byte) 0xcf});

        assertThat(disasm("--file", code.toString(), "--address", "ffffffff81000000")
                        .lines())
                .containsExactly("ffffffff81000000:\tswapgs", "ffffffff81000003:\tiret");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --hex=9       | --hex takes two digits a byte, got 1 digits
            --hex=9x      | --hex takes hex digits, got 'x'
            --bits=16     | --bits is 64 or 32, got 16
            --syntax=nasm | --syntax is att or intel, got nasm
            --address=0xg | '0xg' is no address; write it in hex
            """)
    @DisplayName("says what is wrong with its options")
    void wrongOptions(String option, String message) {
        CommandLineRun run = option.startsWith("--hex") ? disasm(option) : disasm("--hex=90", option);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(message);
    }

    @Test
    @DisplayName("says which file it cannot read")
    void missingFile(@TempDir Path folder) {
        CommandLineRun run = disasm("--file", folder.resolve("none.bin").toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("none.bin cannot be read");
    }
}
