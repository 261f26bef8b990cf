package dev.trapframe.emulator.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.event.Event;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** Compares a run of ours with a recorded trace, by the rules of conformance/FORMAT.md, "Comparing", {@code --ad --sys}. */
final class TraceComparer {

    private static final List<SystemRegister> TABLES = List.of(SystemRegister.GDTR, SystemRegister.IDTR);
    private static final List<SystemRegister> SELECTED = List.of(SystemRegister.LDTR, SystemRegister.TR);
    private static final List<MachineRegister> DEBUG = List.of(
            MachineRegister.DR0,
            MachineRegister.DR1,
            MachineRegister.DR2,
            MachineRegister.DR3,
            MachineRegister.DR6,
            MachineRegister.DR7);
    private static final int LINES_BEFORE = 3;

    private final TraceView trace;
    private final List<JsonNode> reference;
    private final Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
    private final Map<SystemRegister, Descriptor> system = new EnumMap<>(SystemRegister.class);
    private final Map<String, JsonNode> referenceSystem = new HashMap<>();
    private List<String> differences = new ArrayList<>();

    private TraceComparer(StateFile file, TraceView trace, List<JsonNode> reference) {
        this.trace = trace;
        this.reference = reference;
        MachineView start = trace.at(0);
        for (MachineRegister register : MachineRegister.values()) registers.put(register, start.register(register));
        for (SystemRegister register : SystemRegister.values()) system.put(register, start.descriptor(register));
        file.system().properties().forEach(entry -> {
            boolean debugStatus = entry.getKey().equals("dr6") || entry.getKey().equals("dr7");
            if (file.isRecordedInQemu() || debugStatus) referenceSystem.put(entry.getKey(), entry.getValue());
        });
    }

    /** The first step that differs, told in a few lines; empty if all are equal. */
    static Optional<String> firstDivergence(StateFile file, TraceView trace, List<JsonNode> reference) {
        return new TraceComparer(file, trace, reference).firstDivergence();
    }

    private Optional<String> firstDivergence() {
        for (int i = 0; i < reference.size(); i++) {
            if (i >= trace.stepCount()) return Optional.of("our run ends after " + i + " steps\n" + context(i));
            differences = new ArrayList<>();
            compare(reference.get(i), trace.step(i));
            if (!differences.isEmpty()) return Optional.of(String.join("\n", differences) + "\n" + context(i));
        }
        return Optional.empty();
    }

    private String context(int index) {
        StringBuilder text = new StringBuilder();
        for (int i = Math.max(0, index - LINES_BEFORE); i <= index; i++) {
            JsonNode line = reference.get(i);
            text.append(i == index ? "  at step " : "  before: step ")
                    .append(line.get("step"))
                    .append(' ');
            text.append(line.get("at").textValue())
                    .append(' ')
                    .append(line.path("asm").asText());
            text.append(" [").append(line.path("bytes").asText()).append("]\n");
        }
        if (index < trace.stepCount())
            text.append("  our outcome: ").append(trace.step(index).outcome());
        return text.toString();
    }

    private void compare(JsonNode line, Step step) {
        differ("at", StateFile.hex(line.get("at")), step.linear());
        for (Change change : step.changes()) apply(change);
        compareRegisters(line);
        compareEvent(line, step);
        compareMemory(line, step);
        compareSystem(line);
    }

    private void apply(Change change) {
        if (change instanceof Change.RegisterChange register) registers.put(register.register(), register.after());
        if (change instanceof Change.SystemChange descriptor) system.put(descriptor.register(), descriptor.after());
    }

    private void differ(String what, long expected, long actual) {
        if (expected != actual) differences.add(String.format("%s: reference %x, ours %x", what, expected, actual));
    }

    private void compareRegisters(JsonNode line) {
        Set<String> ignored = new HashSet<>();
        line.path("ign").forEach(name -> ignored.add(name.textValue()));
        for (MachineRegister register : MachineRegister.values()) {
            String key = StateFile.key(register);
            if (!line.has(key) || ignored.contains(key)) continue;
            JsonNode value = line.get(key);
            long expected = value.isTextual() ? StateFile.hex(value) : value.longValue();
            long mask =
                    register == MachineRegister.RFLAGS && line.has("fundef") ? ~StateFile.hex(line.get("fundef")) : -1;
            differ(key, expected & mask, registers.get(register) & mask);
        }
    }

    private void compareEvent(JsonNode line, Step step) {
        String expected = line.has("ev") ? last(line.get("ev")) : "none";
        String actual = "none";
        if (step.outcome() instanceof StepOutcome.EventDelivered delivered) {
            Event event = delivered.event();
            actual = event.vector() + " "
                    + (event.errorCode().isPresent() ? event.errorCode().getAsInt() : "null");
        }
        if (!expected.equals(actual)) differences.add("event: reference " + expected + ", ours " + actual);
    }

    private static String last(JsonNode events) {
        JsonNode event = events.get(events.size() - 1);
        JsonNode code = event.get(1);
        String codeText =
                code.isNull() ? "null" : String.valueOf(code.isTextual() ? StateFile.hex(code) : code.longValue());
        return event.get(0).intValue() + " " + codeText;
    }

    private void compareMemory(JsonNode line, Step step) {
        Map<Long, Integer> ignored = new HashMap<>();
        for (JsonNode entry : line.path("mign")) {
            JsonNode bits = entry.get(1);
            int mask = bits.isTextual() ? (int) StateFile.hex(bits) : bits.intValue();
            ignored.merge(StateFile.hex(entry.get(0)), mask, (a, b) -> a | b);
        }
        MemoryBytes expected = MemoryBytes.ofReference(line);
        MemoryBytes actual = MemoryBytes.ofChanges(step.changes());
        SortedMap<Long, Integer> written = expected.written(ignored);
        SortedMap<Long, Integer> ours = actual.written(ignored);
        for (Long address : ignored.keySet()) {
            // A byte that differs in ignored bits alone may be listed on one side only.
            if (written.containsKey(address) == ours.containsKey(address)) continue;
            written.remove(address);
            ours.remove(address);
        }
        differ("memory", written, ours);
        differ("accessed and dirty bits", expected.accessedAndDirty(), actual.accessedAndDirty());
    }

    private void differ(String what, SortedMap<Long, Integer> expected, SortedMap<Long, Integer> actual) {
        if (expected.equals(actual)) return;
        differences.add(what + ": reference " + MemoryBytes.text(expected) + ", ours " + MemoryBytes.text(actual));
    }

    private void compareSystem(JsonNode line) {
        if (line.has("sys")) {
            line.get("sys").properties().forEach(entry -> referenceSystem.put(entry.getKey(), entry.getValue()));
        }
        for (SystemRegister table : TABLES) {
            JsonNode value = referenceSystem.get(key(table));
            if (value == null) continue;
            differ(
                    key(table) + " base",
                    StateFile.hex(value.get(0)),
                    system.get(table).base());
            differ(
                    key(table) + " limit",
                    StateFile.hex(value.get(1)),
                    system.get(table).limitBytes());
        }
        for (SystemRegister register : SELECTED) {
            JsonNode value = referenceSystem.get(key(register));
            if (value != null) {
                differ(
                        key(register),
                        StateFile.hex(value.get(0)),
                        system.get(register).selector());
            }
        }
        for (MachineRegister register : DEBUG) {
            JsonNode value = referenceSystem.get(StateFile.key(register));
            if (value != null) differ(StateFile.key(register), StateFile.hex(value), registers.get(register));
        }
    }

    private static String key(SystemRegister register) {
        return register.name().toLowerCase(Locale.ROOT);
    }
}
