package dev.trapframe.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.TraceView;
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
        List<String> divergences = new ArrayList<>();
        List<Integer> lengths = new ArrayList<>();
        PackedPrograms.read("/conformance/random-programs.jsonl.gz", program -> {
            int steps = program.lines().size();
            lengths.add(steps);
            TraceView trace = Machine.load(program.file().state()).record(Limits.ofSteps(steps));
            TraceComparer.firstDivergence(program.file(), trace, program.lines())
                    .ifPresent(text -> divergences.add(program.name() + " diverges: " + text));
        });

        assertThat(divergences).isEmpty();
        assertThat(lengths).hasSizeGreaterThanOrEqualTo(LEAST_PROGRAMS).allMatch(steps -> steps >= LEAST_STEPS);
    }
}
