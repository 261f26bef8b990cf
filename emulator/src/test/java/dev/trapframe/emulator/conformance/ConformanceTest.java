package dev.trapframe.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.TraceView;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The emulator agrees, step by step, with traces recorded from machines that we did not write")
class ConformanceTest {

    private static final Map<String, String> NOT_YET_RUN = ConformanceCase.notYetRun();

    static Stream<ConformanceCase> cases() {
        return ConformanceCase.all().stream();
    }

    @BeforeAll
    static void printWhatIsNotYetRun() {
        int number = 0;
        for (Map.Entry<String, String> entry : NOT_YET_RUN.entrySet()) {
            System.out.println("not yet run: " + ++number + ": " + entry.getKey() + " (" + entry.getValue() + ")");
        }
        assertThat(ConformanceCase.all()).extracting(ConformanceCase::name).containsAll(NOT_YET_RUN.keySet());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void everyStepIsEqual(ConformanceCase recorded) {
        Optional<String> divergence = divergence(recorded, recorded.file().state());
        if (!NOT_YET_RUN.containsKey(recorded.name())) {
            divergence.ifPresent(text -> fail(recorded.name() + " diverges: " + text));
        } else if (divergence.isEmpty()) {
            fail(recorded.name() + " passes: take it off the list in not-yet-run.txt");
        }
    }

    /**
     * The recorder cannot read MSRs and wrote 0 into the state; {@code case_setup} in cases/open/entry_stub.S has set
     * IA32_PKRS to 4 by then, as step 47 of the trace reads back.
     */
    @Test
    @DisplayName("open/entry_stub, started with the IA32_PKRS that its case_setup has set")
    void entryStubWithItsProtectionKeys() {
        ConformanceCase recorded = ConformanceCase.named("open/entry_stub");
        MachineState state = recorded.file().state();
        Map<MachineRegister, Long> registers = new EnumMap<>(state.registers());
        registers.put(MachineRegister.PKRS, 4L);
        MachineState corrected = new MachineState(
                state.processor(),
                registers,
                state.system(),
                state.ramSizeBytes(),
                state.pages(),
                state.phaseMarkers(),
                state.injections());

        assertThat(divergence(recorded, corrected)).isEmpty();
    }

    static Stream<ConformanceCase> casesWithInterrupts() {
        return cases().filter(recorded -> recorded.name().contains("/apic_"));
    }

    /** Without the file's list of events: the case sends its interrupts to itself. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("casesWithInterrupts")
    @DisplayName("with a local APIC that takes what the program sends")
    void everyStepIsEqualWithLocalApic(ConformanceCase recorded) {
        MachineState state = recorded.file().state();
        assertThat(state.injections()).isNotEmpty();

        assertThat(divergence(recorded, state.with(List.of()).with(DeviceState.PC)))
                .isEmpty();
    }

    private static Optional<String> divergence(ConformanceCase recorded, MachineState state) {
        int steps = recorded.reference().size();
        TraceView trace = Machine.load(state).record(Limits.ofSteps(steps));
        Optional<String> divergence = TraceComparer.firstDivergence(recorded.file(), trace, recorded.reference());
        long rip = trace.at(trace.stepCount()).register(MachineRegister.RIP);
        if (divergence.isPresent() || rip == recorded.file().end()) return divergence;
        return Optional.of(String.format(
                "after %d steps RIP is %x, the end is %x",
                steps, rip, recorded.file().end()));
    }
}
