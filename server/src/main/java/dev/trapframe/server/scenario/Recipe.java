package dev.trapframe.server.scenario;

import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.MachineRegister;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that a run is made of, every default filled in. Equal recipes give equal traces and have equal ids.
 *
 * @param programName   what the program is called here; no part of the id
 * @param programSha256 content hash of the program and all that it includes, 64 hex digits
 * @param registers     initial values that differ from the default machine's
 * @param events        asynchronous events, ordered by position
 * @param overlays      structs to lay over memory, in the order asked for
 * @param stepLimit     most steps, 1 to {@link #MAX_STEPS}
 */
public record Recipe(
        String programName,
        String programSha256,
        SortedMap<MachineRegister, Long> registers,
        List<Injection> events,
        List<OverlayPlace> overlays,
        int stepLimit) {

    public static final int MAX_STEPS = 20_000;

    /** Most iterations of REP string instructions in a run, not counting the first of each step. */
    public static final int MAX_ITERATIONS = 100_000;

    public static final int DEFAULT_STEPS = 2_000;
    public static final int MAX_EVENTS = 64;
    public static final int MAX_OVERLAYS = 16;

    public Recipe {
        registers = Collections.unmodifiableSortedMap(new TreeMap<>(registers));
        events = List.copyOf(events);
        overlays = List.copyOf(overlays);
    }
}
