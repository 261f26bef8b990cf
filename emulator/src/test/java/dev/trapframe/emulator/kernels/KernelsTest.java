package dev.trapframe.emulator.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.RunLimits;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Our multiboot kernels")
class KernelsTest {

    private static final RunLimits ENOUGH = new RunLimits(10_000_000, 10_000, () -> false);
    private static final int SAMPLES = 40;

    @ParameterizedTest
    @EnumSource
    @DisplayName("print what they should, ask no port that is not there, and exit with 0")
    void runFree(Kernel kernel) {
        Machine machine = Machine.load(kernel.state());

        assertExits(machine, kernel);
        assertThat(machine.view().devices().unansweredPorts()).isEmpty();
    }

    private static void assertExits(Machine machine, Kernel kernel) {
        RunEnd end = machine.run(ENOUGH);
        assertThat(machine.serialOutput().text()).isEqualTo(kernel.expectedOutput());
        assertThat(end).isEqualTo(RunEnd.EXITED);
        assertThat(machine.lastOutcome()).isEqualTo(new StepOutcome.Exited(0));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("have, recorded, the same state at each position forward and back, devices included, as running free")
    void positions(Kernel kernel) {
        TraceView trace = recorded(kernel);
        Machine machine = Machine.load(kernel.state());
        List<Integer> positions = positions(trace);
        for (int position : positions) {
            machine.run(position - machine.position());
            assertSame(trace.at(position), machine.view(), position);
        }
        for (int i = positions.size() - 1; i >= 0; i -= 5) {
            Machine fresh = Machine.load(kernel.state());
            fresh.run(positions.get(i));
            assertSame(trace.at(positions.get(i)), fresh.view(), positions.get(i));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("go on from the state of any position, and print and exit as if nothing had happened")
    void goOn(Kernel kernel) {
        TraceView trace = recorded(kernel);
        for (int position : positions(trace)) {
            if (position < trace.stepCount())
                assertExits(Machine.load(trace.at(position).state()), kernel);
        }
    }

    private static TraceView recorded(Kernel kernel) {
        TraceView trace = Machine.load(kernel.state()).record(Limits.ofSteps(1_000_000));
        assertThat(trace.end()).isEqualTo(RunEnd.EXITED);
        return trace;
    }

    /** The first, the last, and some between, at odd distances, so that no loop of a kernel hides in them. */
    private static List<Integer> positions(TraceView trace) {
        int count = trace.stepCount();
        int distance = count / SAMPLES | 1;
        return IntStream.concat(
                        IntStream.iterate(0, position -> position < count, position -> position + distance),
                        IntStream.of(count))
                .boxed()
                .toList();
    }

    private static void assertSame(MachineView actual, MachineView expected, int position) {
        MachineState ours = actual.state();
        MachineState theirs = expected.state();
        assertThat(ours.registers()).as("registers at %d", position).isEqualTo(theirs.registers());
        assertThat(ours.system()).as("descriptors at %d", position).isEqualTo(theirs.system());
        assertThat(ours.nonRegister()).as("non-register state at %d", position).isEqualTo(theirs.nonRegister());
        assertThat(ours.devices()).as("devices at %d", position).isEqualTo(theirs.devices());
        assertThat(ours.pages().keySet()).isEqualTo(theirs.pages().keySet());
        assertThat(ours.pages().keySet())
                .as("pages at %d", position)
                .allMatch(page ->
                        Arrays.equals(ours.pages().get(page), theirs.pages().get(page)));
    }
}
