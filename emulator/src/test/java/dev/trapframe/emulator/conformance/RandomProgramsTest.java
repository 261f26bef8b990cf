package dev.trapframe.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Integer sequences that {@code gen.py} made from seeds, 150 in ring 0 and 150 in ring 3, recorded in QEMU: all widths,
 * registers and memory, branches, flags read back, strings, stack, divisions, bit strings, locked forms.
 */
@DisplayName("Random programs run step for step as another machine ran them")
class RandomProgramsTest {

    private static final int LEAST_PROGRAMS = 300;
    private static final int LEAST_STEPS = 200;

    @Test
    @Tag("slow")
    void everyStepOfEveryProgram() {
        List<Integer> lengths = new ArrayList<>();
        List<String> divergences = PackedPrograms.divergences(
                "/conformance/random-programs.jsonl.gz",
                program -> lengths.add(program.lines().size()));

        assertThat(divergences).isEmpty();
        assertThat(lengths).hasSizeGreaterThanOrEqualTo(LEAST_PROGRAMS).allMatch(steps -> steps >= LEAST_STEPS);
    }
}
