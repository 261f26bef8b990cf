package dev.trapframe.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.TraceView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The state at position n of a trace is the state of a machine that made n steps")
class PositionIdentityTest {

    /** A machine to run for as many steps as were recorded of it. */
    private record Subject(String name, int steps, Supplier<MachineState> state) {

        TraceView recorded() {
            return machine().record(Limits.ofSteps(steps));
        }

        Machine machine() {
            return Machine.load(state.get());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Cases that leave 64-bit mode. */
    private static final Set<String> OTHER_MODES =
            Set.of("m_user_0", "m_code16", "m_compat", "m_pg32_k10_0", "m_pae_u001_0", "m_gate_u_0");

    /**
     * The recorded cases, and some that leave 64-bit mode; those that use the local APIC also with a real one, whose
     * registers and timer are state too.
     */
    static Stream<Subject> machines() {
        return Stream.concat(ConformanceCase.all().stream().flatMap(PositionIdentityTest::machines), inOtherModes());
    }

    private static Stream<Subject> inOtherModes() {
        List<Subject> subjects = new ArrayList<>();
        PackedPrograms.read("/conformance/sibling-cases-modes.jsonl.gz", program -> {
            if (!OTHER_MODES.contains(program.name())) return;
            int steps = program.lines().size();
            subjects.add(new Subject(program.name(), steps, () -> program.file().state()));
        });
        return subjects.stream();
    }

    private static Stream<Subject> machines(ConformanceCase recorded) {
        int steps = recorded.reference().size();
        Subject asRecorded =
                new Subject(recorded.name(), steps, () -> recorded.file().state());
        if (!recorded.name().contains("/apic_")) return Stream.of(asRecorded);
        return Stream.of(
                asRecorded,
                new Subject(
                        recorded.name() + " with a local APIC",
                        steps,
                        () -> recorded.file().state().with(List.of()).with(DeviceState.PC)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("machines")
    void everyPositionIsExact(Subject subject) {
        TraceView trace = subject.recorded();
        Machine machine = subject.machine();
        for (int position = 0; position < trace.stepCount(); position++) {
            assertSame(trace.at(position), machine.view(), position);
            Step step = machine.step();
            Step recordedStep = trace.step(position);
            assertThat(recordedStep.microSteps()).isEqualTo(step.microSteps()).isNotEmpty();
            assertThat(recordedStep.outcome()).isEqualTo(step.outcome());
            assertThat(recordedStep.bytes()).isEqualTo(step.bytes());
        }
        assertSame(trace.at(trace.stepCount()), machine.view(), trace.stepCount());
        // Backwards: what was looked at later does not change what is looked at earlier.
        assertSame(trace.at(0), subject.machine().view(), 0);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("machines")
    void aFreeRunEndsInTheSameState(Subject subject) {
        TraceView trace = subject.recorded();
        Machine machine = subject.machine();
        machine.run(subject.steps());

        assertSame(trace.at(trace.stepCount()), machine.view(), trace.stepCount());
    }

    private static void assertSame(MachineView actual, MachineView expected, int position) {
        MachineState ours = actual.state();
        MachineState theirs = expected.state();
        assertThat(ours.registers()).as("registers at %d", position).isEqualTo(theirs.registers());
        assertThat(ours.system()).as("descriptors at %d", position).isEqualTo(theirs.system());
        assertThat(ours.pages().keySet())
                .as("pages at %d", position)
                .isEqualTo(theirs.pages().keySet());
        List<Long> different = ours.pages().keySet().stream()
                .filter(page ->
                        !Arrays.equals(ours.pages().get(page), theirs.pages().get(page)))
                .toList();
        assertThat(different).as("pages that differ at %d", position).isEmpty();
        assertThat(ours.nonRegister()).as("non-register state at %d", position).isEqualTo(theirs.nonRegister());
        assertThat(ours.devices()).as("devices at %d", position).isEqualTo(theirs.devices());
        assertThat(ours.injections()).as("events to come at %d", position).isEqualTo(theirs.injections());
    }
}
