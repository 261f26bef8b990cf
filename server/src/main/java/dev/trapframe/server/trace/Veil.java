package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.server.trace.StepJson.MemoryChangeJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What of one micro-op may be sent.
 *
 * @param values       true if the values that it handled are hidden: what was read, written, pushed, popped or compared
 * @param errorCode    true if the error code of its event is hidden
 * @param savedRip     true if the RIP that the frame will hold is hidden
 * @param faultAddress true if the address that could not be reached is hidden
 * @param registers    the registers that changed, and those whose values became hidden or visible without a change
 * @param memory       likewise
 */
record Veil(
        boolean values,
        boolean errorCode,
        boolean savedRip,
        boolean faultAddress,
        Map<MachineRegister, List<HexJson>> registers,
        List<MemoryChangeJson> memory) {

    Veil {
        registers = Collections.unmodifiableMap(new LinkedHashMap<>(registers));
        memory = List.copyOf(memory);
    }

    /** Nothing hidden. */
    static Veil open(MicroStep micro) {
        return new Veil(false, false, false, false, registersOf(micro), memoryOf(micro));
    }

    private static Map<MachineRegister, List<HexJson>> registersOf(MicroStep micro) {
        Map<MachineRegister, List<HexJson>> registers = new LinkedHashMap<>();
        for (Change change : micro.changes()) {
            if (!(change instanceof Change.RegisterChange register)) continue;
            List<HexJson> earlier = registers.get(register.register());
            HexJson before = earlier == null ? HexJson.of(register.before()) : earlier.get(0);
            registers.put(register.register(), List.of(before, HexJson.of(register.after())));
        }
        return registers;
    }

    private static List<MemoryChangeJson> memoryOf(MicroStep micro) {
        List<MemoryChangeJson> memory = new ArrayList<>();
        for (Change change : micro.changes()) {
            if (!(change instanceof Change.MemoryChange bytes) || bytes.linear() == -1) continue;
            memory.add(new MemoryChangeJson(
                    HexJson.of(bytes.linear()),
                    bytes.sizeBytes(),
                    HexJson.of(bytes.before()),
                    HexJson.of(bytes.after())));
        }
        return memory;
    }
}
