package dev.trapframe.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.TraceView;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The state at position n of a trace is the state of a machine that made n steps")
class PositionIdentityTest {

    static Stream<ConformanceCase> cases() {
        return ConformanceCase.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void everyPositionIsExact(ConformanceCase recorded) {
        int steps = recorded.reference().size();
        TraceView trace = Machine.load(recorded.file().state()).record(Limits.ofSteps(steps));
        Machine machine = Machine.load(recorded.file().state());
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
        assertSame(trace.at(0), Machine.load(recorded.file().state()).view(), 0);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void aFreeRunEndsInTheSameState(ConformanceCase recorded) {
        int steps = recorded.reference().size();
        TraceView trace = Machine.load(recorded.file().state()).record(Limits.ofSteps(steps));
        Machine machine = Machine.load(recorded.file().state());
        machine.run(steps);

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
    }
}
