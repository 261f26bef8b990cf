package dev.trapframe.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.server.trace.TestTraces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The program library")
class ProgramLibraryTest {

    @TempDir
    Path folder;

    private ProgramLibrary library;

    @BeforeEach
    void writePrograms() throws IOException {
        Files.createDirectories(folder.resolve("include"));
        Files.writeString(
                folder.resolve("include/common.inc"),
                "        .macro  FINISH\n        hlt                     # done\n        .endm\n");
        Files.writeString(folder.resolve("one.S"), """
                # One program.
                        .include "common.inc"
                        .section .user.text, "ax"
                        .globl  _start
                _start:
                        nop                     # a first note
                        FINISH
                """);
        library = new ProgramLibrary(folder, TestTraces.TOOLS);
    }

    @Test
    @DisplayName("assembles a program once, with its title, listing and notes")
    void assembles() {
        LibraryProgram program = library.byName("one").orElseThrow();

        assertThat(program.title()).isEqualTo("One program.");
        assertThat(program.code()).extracting(CodeLine::linear).containsExactly(0x401000L, 0x401001L);
        assertThat(program.code()).extracting(CodeLine::att).containsExactly("nop", "hlt");
        assertThat(program.code()).extracting(CodeLine::note).containsExactly("a first note", "done");
        assertThat(library.byName("one").orElseThrow()).isSameAs(program);
        assertThat(library.byHash(program.sha256()).orElseThrow()).isSameAs(program);
    }

    @Test
    @DisplayName("hashes the file and what it includes, name and length before the bytes")
    void hashes() throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("one.S", Files.readString(folder.resolve("one.S")));
        files.put("common.inc", Files.readString(folder.resolve("include/common.inc")));
        String before = library.byName("one").orElseThrow().sha256();

        assertThat(before).isEqualTo(ProgramLibrary.contentHash(files));
        Files.writeString(
                folder.resolve("include/common.inc"), "        .macro  FINISH\n        int3\n        .endm\n");
        assertThat(library.byName("one").orElseThrow().sha256()).isNotEqualTo(before);
        assertThat(library.byName("one").orElseThrow().code().get(1).att()).isEqualTo("int3");
        assertThat(library.byHash(before)).isEmpty();
    }

    @Test
    @DisplayName("names file, line and column of an error")
    void namesThePlace() throws IOException {
        Files.writeString(
                folder.resolve("two.S"), "        .section .user.text, \"ax\"\n_start:\n        frob    %rax\n");

        assertThatExceptionOfType(BadProgram.class)
                .isThrownBy(() -> library.byName("two"))
                .withMessageMatching("(?s)two\\.S:3:\\d+: .*frob.*");
        assertThat(library.names()).containsExactly("one", "two");
    }

    @Test
    @DisplayName("knows nothing outside its folder")
    void staysInside() throws IOException {
        Files.writeString(folder.resolve("three.S"), "        .include \"../../one.S\"\n");

        assertThat(library.byName("../one")).isEmpty();
        assertThat(library.byName("none")).isEmpty();
        assertThatExceptionOfType(BadProgram.class)
                .isThrownBy(() -> library.byName("three"))
                .withMessageStartingWith("three.S:1:");
    }

    @Test
    @DisplayName("has every program of the lessons assembled without an error")
    void assemblesTheLessons() {
        ProgramLibrary lessons = new ProgramLibrary(TestTraces.PROGRAMS, TestTraces.TOOLS);

        assertThat(lessons.names()).contains("page-fault", "page-fault-extended", "timer-interrupt", "fill-the-frame");
        for (String name : lessons.names())
            assertThat(lessons.byName(name).orElseThrow().code()).isNotEmpty();
    }
}
