package dev.trapframe.emulator.conformance;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.MachineState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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

    /** Machines in the middle of cases that leave 64-bit mode: each of the paging modes, both levels, 16-bit code. */
    public static List<MachineState> outsideOf64BitMode() {
        Set<String> names = Set.of("m_user_0", "m_ins_u_0", "m_code16", "m_pg32_k10_0", "m_pg32_u00_0", "m_pae_u001_0");
        List<MachineState> states = new ArrayList<>();
        PackedPrograms.read("/conformance/sibling-cases-modes.jsonl.gz", program -> {
            if (!names.contains(program.name())) return;
            Machine machine = Machine.load(program.file().state());
            int third = program.lines().size() / 3;
            for (int i = 0; i < 2; i++) {
                machine.run(third);
                states.add(machine.view().state());
            }
        });
        return states;
    }

    /** Steps of the recorded trace. */
    public static int steps(String name) {
        return ConformanceCase.named(name).reference().size();
    }
}
