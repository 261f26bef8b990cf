package dev.trapframe.emulator.bench;

import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.IncludeResolver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The largest entry program of the lessons, and a line of plain code. */
public class AssembleBenchmark {

    private static final int PLAIN_LINES = 5_000;

    /** The program of the lessons that assembles to the most lines, includes read beforehand. */
    @State(Scope.Thread)
    public static class EntryProgram {

        private final Map<String, String> texts = new HashMap<>();
        private final Assembler assembler = new Assembler(
                AssemblerOptions.of(DefaultLayout.SECTIONS, name -> Optional.ofNullable(texts.get(name))));
        private final String name;

        public EntryProgram() {
            Path folder = folder();
            for (Path file : filesIn(folder)) texts.put(folder.relativize(file).toString(), read(file));
            for (Path file : filesIn(folder.resolve("include"))) {
                texts.put(folder.resolve("include").relativize(file).toString(), read(file));
            }
            name = filesIn(folder).stream()
                    .filter(file ->
                            folder.equals(file.getParent()) && file.toString().endsWith(".S"))
                    .map(file -> file.getFileName().toString())
                    .max(Comparator.comparingInt(file -> assemble(file).lines().size()))
                    .orElseThrow();
        }

        /** lessons/programs of the working tree. */
        private static Path folder() {
            Path folder = Path.of("").toAbsolutePath();
            while (!Files.isDirectory(folder.resolve("lessons/programs"))) {
                folder = folder.getParent();
                if (folder == null) throw new IllegalStateException("run this in the working tree");
            }
            return folder.resolve("lessons/programs");
        }

        private static List<Path> filesIn(Path folder) {
            try (Stream<Path> files = Files.walk(folder)) {
                return files.filter(Files::isRegularFile).toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private Program assemble(String file) {
            return assembler.assemble(file, texts.get(file));
        }
    }

    /** Instructions, labels and data as entry code has them, no macros. */
    @State(Scope.Thread)
    public static class PlainCode {

        private static final List<String> LINES = List.of(
                "1:      pushq   %%rdi",
                "        movq    %%rsp,%%rdi",
                "        movq    $%d,%%rax",
                "        testb   $3,0x88(%%rsp)",
                "        jz      2f",
                "        swapgs",
                "2:      movl    %%gs:(%%rax,%%rcx,4),%%edx",
                "        leaq    %d(%%rip),%%rsi",
                "        jnz     1b",
                "        .quad   %d, 1b - 2b");

        private final Assembler assembler =
                new Assembler(AssemblerOptions.of(DefaultLayout.SECTIONS, IncludeResolver.none()));
        private final String source;

        public PlainCode() {
            StringBuilder text = new StringBuilder("        .text\n        .globl _start\n_start:\n");
            for (int i = 0; i < PLAIN_LINES; i++) {
                text.append(String.format(LINES.get(i % LINES.size()), i)).append('\n');
            }
            source = text.toString();
        }
    }

    @Benchmark
    public Program largestEntryProgram(EntryProgram program) {
        return program.assemble(program.name);
    }

    @Benchmark
    @OperationsPerInvocation(PLAIN_LINES)
    public Program line(PlainCode code) {
        return code.assembler.assemble("plain.S", code.source);
    }
}
