package dev.trapframe.emulator.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.TraceView;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A state taken at any position and loaded again goes on as the machine did")
class ContinuationTest {

    /** Prime, so that over the cases every place in the programs is met. */
    private static final int INTERVAL = 13;

    static Stream<ConformanceCase> cases() {
        return ConformanceCase.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void goesOn(ConformanceCase recorded) {
        int steps = recorded.reference().size();
        TraceView whole = Machine.load(recorded.file().state()).record(Limits.ofSteps(steps));
        Machine machine = Machine.load(recorded.file().state());
        for (int position = 0; position < whole.stepCount(); position++) {
            if (position % INTERVAL == 0) {
                assertSame(whole.at(position).state(), machine.view().state(), position);
                checkRest(whole, position);
            }
            machine.step();
        }
        assertSame(whole.at(whole.stepCount()).state(), machine.view().state(), whole.stepCount());
    }

    private static void checkRest(TraceView whole, int position) {
        int left = whole.stepCount() - position;
        TraceView rest = Machine.load(whole.at(position).state()).record(Limits.ofSteps(left));
        assertThat(rest.stepCount()).as("steps from %d", position).isEqualTo(left);
        for (int step = 0; step < left; step++) {
            assertThat(rest.step(step).microSteps())
                    .as("step %d from %d", step, position)
                    .isEqualTo(whole.step(position + step).microSteps());
        }
        MachineView end = whole.at(whole.stepCount());
        assertSame(rest.at(left).state(), end.state(), position);
    }

    private static void assertSame(MachineState actual, MachineState expected, int position) {
        assertThat(actual.registers()).as("registers at %d", position).isEqualTo(expected.registers());
        assertThat(actual.system()).as("descriptors at %d", position).isEqualTo(expected.system());
        assertThat(actual.nonRegister())
                .as("non-register state at %d", position)
                .isEqualTo(expected.nonRegister());
        assertThat(actual.injections()).as("injections at %d", position).isEqualTo(expected.injections());
        assertThat(actual.pages().keySet()).isEqualTo(expected.pages().keySet());
        assertThat(actual.pages().keySet())
                .as("pages that differ at %d", position)
                .allMatch(page ->
                        Arrays.equals(actual.pages().get(page), expected.pages().get(page)));
    }
}
