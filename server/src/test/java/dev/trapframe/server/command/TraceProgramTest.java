package dev.trapframe.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.Assembly;
import dev.trapframe.emulator.assemble.ElfWriter;
import dev.trapframe.emulator.assemble.FlatImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("trapframe trace, of a program")
class TraceProgramTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path KERNELS = Path.of("../emulator/src/test/resources/dev/trapframe/emulator/kernels")
            .toAbsolutePath()
            .normalize();
    private static final String MULTIBOOT_HEADER = """
            .code32
            header: .long 0x1badb002, 0x10000, -(0x1badb002 + 0x10000), header, header, 0, 0, _start
            _start:
            """;

    @TempDir
    private Path folder;

    private static CommandLineRun trace(Object... arguments) {
        return CommandLineRun.of(
                new TraceCommand(), Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    }

    private static Assembly assembled(String source, long origin) {
        return new Assembler(AssemblerOptions.flat(origin, new SourceFolder(KERNELS))).assembleAll("program.S", source);
    }

    private Path flat(String source) throws IOException {
        return Files.write(
                folder.resolve("program.bin"),
                FlatImage.of(assembled(source, 0x7c00)).bytes());
    }

    private Path elf(String source) throws IOException {
        return Files.write(folder.resolve("program.elf"), ElfWriter.write(assembled(source, 0x40_1000)));
    }

    private Path kernel(String source) throws IOException {
        return Files.write(
                folder.resolve("kernel"),
                FlatImage.of(assembled(source, 0x10_0000)).bytes());
    }

    private Path ours(String name) throws IOException {
        return kernel(Files.readString(KERNELS.resolve(name + ".S")));
    }

    private static JsonNode last(CommandLineRun run) throws IOException {
        return JSON.readTree(run.lines().get(run.lines().size() - 1));
    }

    @Test
    @DisplayName(
            "starts a multiboot kernel: steps to standard output, what it prints to standard error, its code as status")
    void multiboot() throws IOException {
        CommandLineRun run = trace("--multiboot", ours("print-and-exit"), "--append", "hello world");

        assertThat(run.err()).isEqualTo("Hello from 32-bit protected mode.\nhello world\n");
        assertThat(run.exitCode()).isZero();
        JsonNode first = JSON.readTree(run.lines().get(0));
        assertThat(first.get("at").textValue()).isEqualTo("100020");
        assertThat(first.get("cr0").textValue()).isEqualTo("11");
        assertThat(last(run).get("end").textValue()).isEqualTo("exited");
        assertThat(last(run).get("code").longValue()).isZero();
        assertThat(last(run).get("steps").intValue()).isEqualTo(run.lines().size() - 1);
    }

    @ParameterizedTest
    @CsvSource({"print-and-exit", "timer-interrupts", "user-mode"})
    @DisplayName("prints no steps with --quiet, only how it ended, with steps and ticks")
    void quiet(String kernel) throws IOException {
        CommandLineRun run = trace("--multiboot", ours(kernel), "--append", "two words", "--quiet");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEqualTo(Files.readString(KERNELS.resolve(kernel + ".expected")));
        assertThat(run.lines()).hasSize(1);
        assertThat(last(run).get("end").textValue()).isEqualTo("exited");
        assertThat(last(run).get("steps").longValue()).isPositive();
        assertThat(last(run).get("ticks").longValue()).isPositive();
    }

    @Test
    @DisplayName("counts as many steps and ticks with --quiet as without")
    void countsAgree() throws IOException {
        Path kernel = ours("timer-interrupts");
        JsonNode free = last(trace("--multiboot", kernel, "--quiet"));
        CommandLineRun recorded = trace("--multiboot", kernel);

        assertThat(last(recorded).get("steps")).isEqualTo(free.get("steps"));
        assertThat(recorded.lines()).hasSize(free.get("steps").intValue() + 1);
    }

    @Test
    @DisplayName("starts an ELF executable at its entry and a flat image at its origin, in 64-bit mode")
    void sixtyFourBits() throws IOException {
        String source = "nop; .globl _start; _start: mov $7, %rax; hlt";
        CommandLineRun ofElf = trace("--elf", elf(source));
        CommandLineRun ofFlat = trace("--flat", flat("mov $7, %rax; hlt"), "--origin", "0x7c00");

        assertThat(JSON.readTree(ofElf.lines().get(0)).get("at").textValue()).isEqualTo("401001");
        assertThat(JSON.readTree(ofElf.lines().get(0)).get("rax").textValue()).isEqualTo("7");
        assertThat(JSON.readTree(ofFlat.lines().get(0)).get("at").textValue()).isEqualTo("7c00");
        assertThat(JSON.readTree(ofFlat.lines().get(0)).get("asm").textValue()).isEqualTo("mov $0x7,%rax");
    }

    @Test
    @DisplayName("writes the trace to a folder too, named after the program")
    void toFolder() throws IOException {
        CommandLineRun run = trace("--elf", elf("_start: hlt"), "--out", folder.resolve("traces"));

        assertThat(run.out()).isEmpty();
        assertThat(Files.readAllLines(folder.resolve("traces/program.elf.trace.jsonl")))
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "38,38", "123,123", "124,123", "256,123", "0xffffffff,123"})
    @DisplayName("has the code that the program writes to port 0xf4 as its status, 123 for larger ones")
    void exitStatus(String code, int status) throws IOException {
        Path program = flat("mov $" + code + ", %eax; out %eax, $0xf4");
        CommandLineRun run = trace("--flat", program, "--quiet");

        assertThat(run.exitCode()).isEqualTo(status);
        assertThat(last(run).get("code").longValue()).isEqualTo(Long.decode(code));
        assertThat(trace("--flat", program).exitCode()).isEqualTo(status);
    }

    @Test
    @DisplayName("gives the kernel modules with their texts, also from a file whose name has a blank")
    void modules() throws IOException {
        Path one = Files.writeString(folder.resolve("one"), "first");
        Path two = Files.writeString(folder.resolve("two words"), "second");
        Path kernel = kernel(MULTIBOOT_HEADER + """
                    mov 24(%ebx), %ebp
                    mov $0x3f8, %edx
                    mov 20(%ebx), %ecx
            1:      mov 8(%ebp), %esi
                    call print
                    mov (%ebp), %esi
                    call print
                    add $16, %ebp
                    loop 1b
                    xor %eax, %eax
                    out %eax, $0xf4
            print:  lodsb
                    test %al, %al
                    jz 2f
                    out %al, %dx
                    jmp print
            2:      mov $'\\n', %al
                    out %al, %dx
                    ret
            """);
        CommandLineRun run = trace("--multiboot", kernel, "--module", one + " a=1 b", "--module", two, "--quiet");

        assertThat(run.err()).isEqualTo(one + " a=1 b\nfirst\n" + two + "\nsecond\n");
        assertThat(run.exitCode()).isZero();
    }

    @Nested
    @DisplayName("stops at a limit, says which, and keeps the trace until then:")
    class Limits {

        private static final String FOR_EVER = "1: inc %rax; jmp 1b";

        @Test
        @DisplayName("--steps")
        void steps() throws IOException {
            CommandLineRun run = trace("--flat", flat(FOR_EVER), "--steps", 10);

            assertThat(run.exitCode()).isEqualTo(124);
            assertThat(run.lines()).hasSize(11).last().isEqualTo("{\"end\":\"limit\",\"steps\":10}");
            assertThat(run.err()).contains("program.bin: limit of steps reached after 10 steps; RIP is 0, CS 10");
        }

        @Test
        @DisplayName("--ticks, running free and recorded, met exactly")
        void ticks() throws IOException {
            Path program = flat(FOR_EVER);
            CommandLineRun free = trace("--flat", program, "--ticks", 5001, "--quiet");
            CommandLineRun recorded = trace("--flat", program, "--ticks", 5001);

            assertThat(free.exitCode()).isEqualTo(124);
            assertThat(free.out()).isEqualToIgnoringNewLines("{\"end\":\"tick-limit\",\"steps\":5001,\"ticks\":5001}");
            assertThat(recorded.exitCode()).isEqualTo(124);
            assertThat(recorded.lines()).hasSize(5002).last().isEqualTo("{\"end\":\"tick-limit\",\"steps\":5001}");
            assertThat(recorded.err()).contains("limit of ticks reached after 5001 steps");
        }

        @Test
        @DisplayName("--ticks, of string instructions that repeat")
        void iterations() throws IOException {
            Path program = flat("1: xor %esi, %esi; mov $1000, %ecx; rep lodsb; jmp 1b");
            JsonNode free = last(trace("--flat", program, "--ticks", 50_000, "--quiet"));
            JsonNode recorded = last(trace("--flat", program, "--ticks", 50_000));

            assertThat(free.get("ticks").longValue()).isBetween(50_000L, 52_000L);
            assertThat(recorded.get("end").textValue()).isEqualTo("tick-limit");
            assertThat(recorded.get("steps").longValue()).isBetween(190L, 210L);
        }

        @Test
        @DisplayName("--memory")
        void memory() throws IOException {
            Path program = flat("mov $0xffff888001000000, %rdi; 1: mov %al, (%rdi); add $4096, %rdi; jmp 1b");
            CommandLineRun free = trace("--flat", program, "--memory", "2M", "--quiet");
            CommandLineRun recorded = trace("--flat", program, "--memory", "2M");

            assertThat(free.exitCode()).isEqualTo(124);
            assertThat(last(free).get("end").textValue()).isEqualTo("memory-limit");
            assertThat(recorded.exitCode()).isEqualTo(124);
            assertThat(last(recorded).get("steps").intValue()).isBetween(600, 1700);
            assertThat(recorded.err()).contains("limit of memory reached after");
        }

        @Test
        @DisplayName("--seconds")
        void seconds() throws IOException {
            Path program = flat(FOR_EVER);
            CommandLineRun free = trace("--flat", program, "--seconds", "0.05", "--quiet");
            CommandLineRun recorded = trace("--flat", program, "--seconds", "0.05", "--steps", 2_000_000_000);

            assertThat(free.exitCode()).isEqualTo(124);
            assertThat(last(free).get("end").textValue()).isEqualTo("time-limit");
            assertThat(recorded.exitCode()).isEqualTo(124);
            assertThat(recorded.lines()).hasSize(last(recorded).get("steps").intValue() + 1);
            assertThat(recorded.err()).contains("limit of seconds reached after");
        }
    }

    @Nested
    @DisplayName("says where and why a program came to nothing:")
    class Broken {

        @ParameterizedTest
        @CsvSource({"true", "false"})
        @DisplayName("an exception without a handler, with what it was and where")
        void tripleFault(boolean quiet) throws IOException {
            Path program = flat("nop; ud2");
            CommandLineRun run = quiet ? trace("--flat", program, "--quiet") : trace("--flat", program);

            assertThat(run.exitCode()).isEqualTo(125);
            assertThat(run.err())
                    .contains(
                            "program.bin: shutdown after 2 steps: #GP(0x43) while delivering #DF, to which #UD had led;"
                                    + " RIP is 1, CS 10");
            assertThat(last(run).get("end").textValue()).isEqualTo("shutdown");
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                nop; ud2              | #UD           | 100021
                xor %eax, %eax; div %eax | #DE        | 100022
                mov $0x28, %eax; mov %eax, %ds | #GP(0x28) | 100025
                sti; int $0x80        | INT 0x80      | 100021
                """)
        @DisplayName("the same in a multiboot kernel, which has no IDT when it starts")
        void withoutIdt(String code, String event, String where) throws IOException {
            CommandLineRun run = trace("--multiboot", kernel(MULTIBOOT_HEADER + code), "--quiet");

            assertThat(run.exitCode()).isEqualTo(125);
            assertThat(run.err()).contains("to which " + event + " had led; RIP is " + where + ", CS 8");
        }

        @Test
        @DisplayName("a page fault, with CR2")
        void pageFault() throws IOException {
            CommandLineRun run = trace("--elf", elf("_start: mov 0x123456, %eax"), "--quiet");

            assertThat(run.err()).contains("to which #PF(0x0) had led, CR2 123456; RIP is 401000, CS 10");
        }

        @Test
        @DisplayName("an instruction that is not emulated, with its bytes")
        void notEmulated() throws IOException {
            CommandLineRun run = trace("--flat", flat("nop; addps %xmm0, %xmm1"), "--quiet");

            assertThat(run.exitCode()).isEqualTo(125);
            assertThat(run.err()).contains("program.bin: not-emulated after").contains(" at 1 [0f 58 c8");
        }

        @Test
        @DisplayName("a HLT without an exit before it")
        void halted() throws IOException {
            CommandLineRun run = trace("--multiboot", kernel(MULTIBOOT_HEADER + "hlt"), "--quiet");

            assertThat(run.exitCode()).isEqualTo(125);
            assertThat(run.err())
                    .contains("kernel: halted after")
                    .contains("HLT with nothing that could wake the processor (IF is 0); RIP is 100021, CS 8");
        }

        @Test
        @DisplayName("ports that nobody answers, each once, behind an unfinished line")
        void ports() throws IOException {
            Path program = flat("mov $'x', %al; mov $0x3f8, %dx; out %al, %dx; 1: in $0x92, %al; in $0x92, %al;"
                    + " out %al, $0x92; out %eax, $0xf4");
            CommandLineRun run = trace("--flat", program, "--quiet");

            assertThat(run.err().lines())
                    .containsExactly(
                            "x",
                            "trapframe: " + program + ": port 92 was read: nothing is there, it gives ones",
                            "trapframe: " + program + ": port 92 was written: nothing is there, the value is lost");
        }
    }

    @Test
    @DisplayName("does not name more than 20 ports that nobody answers")
    void manyPorts() throws IOException {
        Path program = flat("mov $0x1000, %edx; 1: in %dx, %al; inc %edx; cmp $0x1100, %edx; jne 1b; xor %eax, %eax;"
                + " out %eax, $0xf4");
        CommandLineRun run = trace("--flat", program, "--quiet");

        assertThat(run.err().lines()).hasSize(21).last().asString().contains("236 more ports are not there");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                                       | what to run is missing: machine states, or one of --elf, --flat, --multiboot
            --elf a --flat b           | --elf and --flat exclude each other
            a.state.json --multiboot b | STATE and --multiboot exclude each other
            --elf a --origin 0         | --origin goes with --flat
            --elf a --append x         | --append goes with --multiboot
            --flat a --module x        | --module goes with --multiboot
            a.state.json --quiet       | --quiet goes with --elf, --flat or --multiboot
            --elf a --quiet --micro    | --quiet writes no steps: it excludes --micro and --out
            --elf a --quiet --out b    | --quiet writes no steps: it excludes --micro and --out
            --elf a --quiet --steps 5  | --steps counts the steps that are shown; with --quiet say --ticks
            --elf a --steps 0          | --steps must be at least 1, got 0
            --elf a --ticks 0          | --ticks must be at least 1, got 0
            --elf a --seconds 0        | --seconds must be more than 0 and at most 1000000, got 0.0
            --elf a --seconds NaN      | --seconds must be more than 0
            --elf a --memory 5X        | '5X' is no size; write bytes, or for example 64M
            --elf a --memory 9999999999G | '9999999999G' is no size; write bytes, or for example 64M
            --flat a --origin xyz      | 'xyz' is no address
            """)
    @DisplayName("refuses options that do not go together or are no values, and says what would be right")
    void mistakes(String arguments, String message) {
        CommandLineRun run = trace(
                arguments == null
                        ? new Object[0]
                        : List.of(arguments.split(" +")).toArray());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(message);
    }

    @Test
    @DisplayName("names a file that is not there, or what is wrong in it")
    void badFiles() throws IOException {
        CommandLineRun missing = trace("--elf", folder.resolve("none"));
        CommandLineRun bad = trace("--elf", Files.writeString(folder.resolve("text"), "no program"));
        CommandLineRun module = trace("--multiboot", ours("print-and-exit"), "--module", folder.resolve("none") + " x");

        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).contains("none is not there");
        assertThat(bad.exitCode()).isEqualTo(1);
        assertThat(bad.err()).contains("text: no ELF file: it does not begin with 7f 45 4c 46");
        assertThat(module.exitCode()).isEqualTo(1);
        assertThat(module.err()).contains("none is not there");
    }
}
