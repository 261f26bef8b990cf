package dev.trapframe.server.lesson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.server.app.TestServer;
import dev.trapframe.server.app.TestTree;
import dev.trapframe.server.content.ContentError;
import dev.trapframe.server.content.ScenarioReader;
import dev.trapframe.server.scenario.GnuToolchain;
import dev.trapframe.server.scenario.ProgramLibrary;
import dev.trapframe.server.scenario.RecipeReader;
import dev.trapframe.server.scenario.StructLibrary;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Content")
class LessonLoaderTest {

    private static final String FILE = "lessons/010-page-fault-from-user-mode/lesson.md";

    @TempDir
    Path folder;

    @Test
    @DisplayName("is read into lessons of text, machines and questions")
    void isRead() {
        Track track = load(TestServer.PROJECT);

        Lesson lesson = track.lesson("page-fault-from-user-mode").orElseThrow();
        assertThat(track.number(lesson)).isEqualTo(1);
        assertThat(lesson.parts()).hasAtLeastOneElementOfType(Lesson.Part.Machine.class);
        assertThat(lesson.headings()).extracting(Lesson.TocEntry::id).contains("before-the-fault");
        assertThat(lesson.items()).hasSize(1);
        assertThat(track.item("fill-the-frame").orElseThrow().slots()).hasSize(6);
    }

    @Test
    @DisplayName("that says something else has another revision; the same content has the same")
    void hasARevision() {
        TestTree tree = new TestTree(folder);
        String before = revision(tree);

        assertThat(revision(tree)).isEqualTo(before);
        assertThat(revision(change(tree, "attempts: 3", "attempts: 4"))).isNotEqualTo(before);
    }

    @Test
    @DisplayName("whose program changes has another revision")
    void hasARevisionOfItsProgram() {
        TestTree tree = new TestTree(folder);
        String before = revision(tree);

        tree.write(
                "lessons/programs/fill-the-frame.S", tree.read("lessons/programs/fill-the-frame.S") + "\n# changed\n");

        assertThat(revision(tree)).isNotEqualTo(before);
    }

    @ParameterizedTest(name = "{0} to {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "minutes: 20|minutes: many|minutes: expected a whole number from 1 to 240, found \"many\"",
                "minutes: 20|minuts: 20|unknown key \"minuts\"",
                "title: A page fault from user mode|title: one: two|not YAML",
                "id: page-fault-from-user-mode|id: other|expected id: page-fault-from-user-mode",
                "## Before the fault|# Before the fault|expected ## or deeper",
                "program: page-fault-extended|program: none|program: unknown program \"none\"",
                "rcx: \"0xc0ffee\"|rcx: \"coffee\"|machine.registers.rcx: ",
                "struct: extended_pt_regs|struct: no_regs|overlays[0].struct: unknown struct",
                "at: entry_stack_top - 184|at: entry_stack_top - x|overlays[0].at: ",
                "scenario id=page-fault|scenario name=page-fault|expected id=…",
                "use: practice|use: exam|use: expected practice",
                "attempts: 3|attempts: 0|attempts: expected a whole number from 1 to 20, found 0",
                "probe: frame.ss at asm_exc_page_fault|probe: frame.ss|probe \"frame.ss\"",
                "probe: frame.ss at asm_exc_page_fault|probe: frame.sss at asm_exc_page_fault|there is no slot frame.sss",
                "probe: frame.rsp at asm_exc_page_fault|probe: frame.ss at asm_exc_page_fault|expected each slot once",
                "label: error code|lable: error code|unknown key \"lable\""
            })
    @DisplayName("that cannot be understood is refused, with file, line and what was expected:")
    void isRefused(String right, String wrong, String expected) {
        TestTree tree = new TestTree(folder);
        int line = lineOf(tree, right);

        assertThatExceptionOfType(ContentError.class)
                .isThrownBy(() -> load(change(tree, right, wrong).root()))
                .withMessageStartingWith(FILE + ":")
                .withMessageContaining(expected)
                .satisfies(e -> assertThat(lineIn(e)).isBetween(line - 1, line + 1));
    }

    @Test
    @DisplayName("that the track names and nobody wrote is refused")
    void isMissing() {
        TestTree tree = new TestTree(folder).track("page-fault-from-user-mode", "nobody-wrote-it");

        assertThatExceptionOfType(ContentError.class)
                .isThrownBy(() -> load(tree.root()))
                .withMessage("lessons/track.yaml:4: lessons[1]: expected a folder lessons/NNN-nobody-wrote-it");
    }

    private static Track load(Path root) {
        Path programs = root.resolve("lessons/programs");
        RecipeReader recipes = new RecipeReader(
                new ProgramLibrary(programs, new GnuToolchain()),
                StructLibrary.read(programs).names());
        return new LessonLoader(new ScenarioReader(recipes)).load(root.resolve("lessons"));
    }

    private static String revision(TestTree tree) {
        return load(tree.root()).item("fill-the-frame").orElseThrow().revision();
    }

    private static TestTree change(TestTree tree, String from, String to) {
        String text = tree.read(FILE);
        if (!text.contains(from)) throw new AssertionError("the lesson does not say " + from);
        return tree.write(
                FILE, text.substring(0, text.indexOf(from)) + to + text.substring(text.indexOf(from) + from.length()));
    }

    private static int lineOf(TestTree tree, String text) {
        String before = tree.read(FILE);
        return (int) before.substring(0, before.indexOf(text)).lines().count();
    }

    private static int lineIn(Throwable error) {
        return Integer.parseInt(error.getMessage().substring(FILE.length() + 1).split(":")[0]);
    }
}
