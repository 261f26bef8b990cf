package dev.trapframe.server.grading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.server.item.Solution;
import dev.trapframe.server.item.Solution.ExpectedSlot;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Answers")
class GraderTest {

    private static final Solution SOLUTION = new Solution(
            "item",
            "revision",
            1,
            List.of(
                    new ExpectedSlot("frame.ss", "SS", 1, 0x2b, "5.9", "why SS"),
                    new ExpectedSlot("frame.rip", "RIP", 3, 0xffffffff81000000L, "5.13", "why RIP")));

    @Test
    @DisplayName("earn the points of each slot that is right")
    void earnPoints() {
        Answers answers = Answers.read(Map.of("frame.ss", "0x33", "frame.rip", "18446744071578845184"), SOLUTION);

        Verdict verdict = Grader.grade(answers, SOLUTION);

        assertThat(verdict.rightBySlot()).containsExactly(Map.entry("frame.ss", false), Map.entry("frame.rip", true));
        assertThat(verdict.right()).isEqualTo(3);
        assertThat(verdict.of()).isEqualTo(4);
        assertThat(verdict.isAllRight()).isFalse();
    }

    @Test
    @DisplayName("are all right only if every slot is")
    void areAllRight() {
        Answers answers = Answers.read(Map.of("frame.ss", "43", "frame.rip", "0xffff_ffff_8100_0000"), SOLUTION);

        assertThat(Grader.grade(answers, SOLUTION).isAllRight()).isTrue();
    }

    @Test
    @DisplayName("are refused, each by its slot, if one is missing, unknown or no number")
    void areRefused() {
        assertThatExceptionOfType(BadAnswers.class)
                .isThrownBy(() -> Answers.read(Map.of("frame.ss", "many", "frame.cs", "0x33"), SOLUTION))
                .satisfies(bad -> assertThat(bad.problems().keySet())
                        .containsExactlyInAnyOrder("frame.cs", "frame.ss", "frame.rip"));
    }

    @Test
    @DisplayName("keep what was typed")
    void keepWhatWasTyped() {
        Answers answers = Answers.read(Map.of("frame.ss", " 0x2B ", "frame.rip", "1_0"), SOLUTION);

        assertThat(answers.typed()).containsExactly(Map.entry("frame.ss", "0x2B"), Map.entry("frame.rip", "1_0"));
    }

    @Test
    @DisplayName("are compared with values that no log line tells")
    void keepTheSolutionOutOfLogs() {
        assertThat(SOLUTION.toString()).doesNotContain("43", "2b", "why SS", "5.9");
    }
}
