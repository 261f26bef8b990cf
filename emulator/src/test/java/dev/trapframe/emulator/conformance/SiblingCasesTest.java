package dev.trapframe.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.DeviceState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What {@code make-cases.py} made, recorded in QEMU: every page and access by every rule of access rights, every selector
 * in every segment register, gates of all types, return frames, far transfers, control registers and MSRs, string and
 * stack instructions that fault in the middle, double faults, single steps, breakpoints, interrupts under every TPR.
 */
@DisplayName("The topics of the recorded cases in all their other forms run step for step as another machine ran them")
class SiblingCasesTest {

    private static final int LEAST_CASES = 187;

    @Test
    @Tag("slow")
    void everyStepOfEveryCase() {
        List<String> names = new ArrayList<>();
        List<String> divergences =
                PackedPrograms.divergences("/conformance/sibling-cases.jsonl.gz", program -> names.add(program.name()));

        assertThat(divergences).isEmpty();
        assertThat(names).hasSizeGreaterThanOrEqualTo(LEAST_CASES).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("what QEMU runs wrongly, made by make-bochs-cases.py and recorded in Bochs")
    void everyStepOfEveryCaseOfBochs() {
        List<String> names = new ArrayList<>();
        List<String> divergences = PackedPrograms.divergences(
                "/conformance/sibling-cases-bochs.jsonl.gz", program -> names.add(program.name()));

        assertThat(divergences).isEmpty();
        assertThat(names).hasSize(15).doesNotHaveDuplicates();
    }

    /** The sources are in apic-cases beside make-cases.py; what the APIC sends, the recorder took for events from outside. */
    @Test
    @DisplayName(
            "what programs make of the local APIC: registers, nested interrupts, priorities, destinations, shadows")
    void everyStepWithTheLocalApic() {
        List<String> names = new ArrayList<>();
        List<String> divergences = PackedPrograms.divergences(
                "/conformance/local-apic-cases.jsonl.gz",
                program -> names.add(program.name()),
                state -> state.with(List.of()).with(DeviceState.PC));

        assertThat(divergences).isEmpty();
        assertThat(names).hasSize(5).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName(
            "protected mode with and without paging, compatibility mode, made by make-mode-cases.py and recorded in QEMU")
    void everyStepOutsideOf64BitMode() {
        List<String> names = new ArrayList<>();
        List<String> divergences = PackedPrograms.divergences(
                "/conformance/sibling-cases-modes.jsonl.gz", program -> names.add(program.name()));

        assertThat(divergences).isEmpty();
        assertThat(names).hasSizeGreaterThanOrEqualTo(80).doesNotHaveDuplicates();
    }
}
