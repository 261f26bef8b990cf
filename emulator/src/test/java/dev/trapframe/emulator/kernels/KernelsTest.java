package dev.trapframe.emulator.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.RunLimits;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Our multiboot kernels")
class KernelsTest {

    private static final RunLimits ENOUGH = new RunLimits(10_000_000, 10_000, () -> false);

    @ParameterizedTest
    @EnumSource
    @DisplayName("print what they should and exit with 0, running free")
    void runFree(Kernel kernel) {
        Machine machine = Machine.load(kernel.state());
        RunEnd end = machine.run(ENOUGH);

        assertThat(machine.serialOutput().text()).isEqualTo(kernel.expectedOutput());
        assertThat(end).isEqualTo(RunEnd.EXITED);
    }
}
