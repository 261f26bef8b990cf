package dev.trapframe.emulator.conformance;

import dev.trapframe.emulator.api.MachineState;
import java.util.stream.Stream;

/** The start of each recorded case, for tests that need realistic machines and not their traces. */
public final class RecordedStates {

    private RecordedStates() {}

    /** Group and name, for example {@code open/pf_u}. */
    public static Stream<String> names() {
        return ConformanceCase.all().stream().map(ConformanceCase::name);
    }

    public static MachineState state(String name) {
        return ConformanceCase.named(name).file().state();
    }

    /** Steps of the recorded trace. */
    public static int steps(String name) {
        return ConformanceCase.named(name).reference().size();
    }
}
