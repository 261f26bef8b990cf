package dev.trapframe.emulator.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.TraceView;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;

/** Reads what {@code pack-programs.py} packed: recorded programs, each with its state and its whole trace. */
final class PackedPrograms {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What belongs to one step; everything else in a line holds until another line changes it. */
    private static final Set<String> OF_STEP =
            Set.of("step", "bytes", "kind", "iter", "shadow", "ev", "mem", "ad", "sys", "fundef", "ign", "mign", "fix");

    /**
     * One recorded program.
     *
     * @param lines one for each step, whole
     */
    record Recorded(String name, StateFile file, List<JsonNode> lines) {}

    private PackedPrograms() {}

    /** Hands over each program of the resource, one after the other. */
    static void read(String resource, Consumer<Recorded> programs) {
        try (InputStream in = PackedPrograms.class.getResourceAsStream(resource)) {
            if (in == null) throw new IllegalStateException("the test resources have no " + resource);
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8));
            JsonNode common = JSON.readTree(reader.readLine());
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                programs.accept(program(JSON.readTree(line), common));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(resource + " cannot be read", e);
        }
    }

    /** The first divergence of each program that has one; {@code visitor} sees every program. */
    static List<String> divergences(String resource, Consumer<Recorded> visitor) {
        return divergences(resource, visitor, UnaryOperator.identity());
    }

    /** As {@link #divergences(String, Consumer)}, for programs that start in a state made of the recorded one. */
    static List<String> divergences(String resource, Consumer<Recorded> visitor, UnaryOperator<MachineState> start) {
        List<String> divergences = new ArrayList<>();
        read(resource, program -> {
            visitor.accept(program);
            TraceView trace = Machine.load(start.apply(program.file().state()))
                    .record(Limits.ofSteps(program.lines().size()));
            TraceComparer.firstDivergence(program.file(), trace, program.lines())
                    .ifPresent(text -> divergences.add(program.name() + " diverges: " + text));
        });
        return divergences;
    }

    private static Recorded program(JsonNode packed, JsonNode common) {
        ObjectNode state = common.deepCopy();
        packed.get("state").properties().forEach(entry -> {
            if (entry.getValue().isNull()) state.remove(entry.getKey());
            else if (!entry.getKey().equals("mem")) state.set(entry.getKey(), entry.getValue());
        });
        ObjectNode memory = (ObjectNode) state.get("mem");
        packed.get("state").get("mem").properties().forEach(page -> {
            if (page.getValue().isNull()) memory.remove(page.getKey());
            else memory.set(page.getKey(), page.getValue());
        });
        return new Recorded(packed.get("program").textValue(), StateFile.of(state), lines(packed.get("steps")));
    }

    private static List<JsonNode> lines(JsonNode steps) {
        List<JsonNode> lines = new ArrayList<>();
        ObjectNode before = JSON.createObjectNode();
        for (JsonNode step : steps) {
            ObjectNode line = before.deepCopy();
            line.remove(OF_STEP);
            line.setAll((ObjectNode) step);
            lines.add(line);
            before = line;
        }
        return lines;
    }
}
