package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Program.Section;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.overlay.Overlay;
import dev.trapframe.emulator.overlay.StructLayout.Field;
import dev.trapframe.server.scenario.CodeLine;
import dev.trapframe.server.scenario.RecipeId;
import dev.trapframe.server.scenario.Toolchain;
import dev.trapframe.server.trace.TraceJson.CodeJson;
import dev.trapframe.server.trace.TraceJson.EndJson;
import dev.trapframe.server.trace.TraceJson.FieldJson;
import dev.trapframe.server.trace.TraceJson.HiddenJson;
import dev.trapframe.server.trace.TraceJson.OverlayJson;
import dev.trapframe.server.trace.TraceJson.ProgramJson;
import dev.trapframe.server.trace.TraceJson.StackJson;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes traces as JSON has them. Thread-safe. */
public final class TraceComposer {

    private static final String NOISE = ".Lphase";

    private final Messages messages = Messages.english();
    private final Toolchain tools;

    public TraceComposer(Toolchain tools) {
        this.tools = tools;
    }

    /** A whole public trace. */
    public TraceJson compose(TraceRun run) {
        return compose(run, 0, Integer.MAX_VALUE);
    }

    /**
     * A public trace with the steps from {@code from} on, {@code count} at the most.
     *
     * @param from  0 or more; beyond the end there are no steps
     * @param count 0 or more
     */
    public TraceJson compose(TraceRun run, int from, int count) {
        StepComposer steps = new StepComposer(messages, run, tools);
        int stepCount = run.trace().stepCount();
        List<StepJson> composed = new ArrayList<>();
        for (int i = from; i < end(from, count, stepCount); i++)
            composed.add(steps.compose(run.trace().step(i)));
        ProgramJson program = new ProgramJson(
                run.program().name(), run.program().sha256(), run.program().title());
        return frame(
                run,
                new Parts(
                        run.recipeId(),
                        RecipeId.canonical(run.recipe()),
                        program,
                        stepCount,
                        from,
                        end(run),
                        composed,
                        null,
                        null));
    }

    /** What may be sent of a trace with hidden values, whole. */
    public TraceJson compose(HiddenTrace hidden) {
        return compose(hidden, 0, Integer.MAX_VALUE);
    }

    /** What may be sent of a trace with hidden values; arguments as {@link #compose(TraceRun, int, int)}. */
    public TraceJson compose(HiddenTrace hidden, int from, int count) {
        TraceRun run = hidden.run();
        StepComposer steps = new StepComposer(messages, run, tools);
        List<StepJson> composed = new ArrayList<>();
        for (int i = from; i < end(from, count, hidden.stepCount()); i++) {
            composed.add(steps.compose(run.trace().step(i), hidden.veils(i), hidden.hidesErrorCode(i)));
        }
        ProgramJson program =
                new ProgramJson(run.program().name(), null, run.program().title());
        boolean isCut = hidden.cutAt().isPresent();
        EndJson end = isCut ? new EndJson("hidden", messages.text("end.hidden")) : end(run);
        return frame(
                run,
                new Parts(null, null, program, hidden.stepCount(), from, end, composed, hidden, hiddenJson(hidden)));
    }

    /** What differs between a public trace and one with hidden values. */
    private record Parts(
            @Nullable String recipeId,
            @Nullable Map<String, Object> recipe,
            ProgramJson program,
            int stepCount,
            int from,
            EndJson end,
            List<StepJson> steps,
            @Nullable HiddenTrace hidden,
            @Nullable HiddenJson hiddenJson) {}

    private TraceJson frame(TraceRun run, Parts parts) {
        MachineView start = run.trace().at(0);
        Program program = run.program().program();
        List<StackJson> stacks = ProgramStacks.of(program, messages);
        HiddenTrace hidden = parts.hidden();
        return new TraceJson(
                parts.recipeId(),
                run.revision(),
                parts.recipe(),
                parts.program(),
                parts.stepCount(),
                parts.from(),
                parts.end(),
                registers(start, hidden),
                stacks,
                InitialMemory.of(start, stacks, linear -> hidden != null && hidden.hidesInitialByte(linear)),
                run.overlays().stream().map(overlay -> overlay(run, overlay)).toList(),
                symbols(program),
                code(run),
                parts.steps(),
                parts.hiddenJson());
    }

    private static int end(int from, int count, int stepCount) {
        return (int) Math.min((long) from + count, stepCount);
    }

    private HiddenJson hiddenJson(HiddenTrace hidden) {
        if (hidden.cutAt().isEmpty()) return new HiddenJson(hidden.slots(), null, messages.text("hidden.trace"));
        int cutAt = hidden.cutAt().getAsInt();
        return new HiddenJson(
                hidden.slots(), cutAt, messages.text("hidden.trace.cut", Map.of("position", Integer.toString(cutAt))));
    }

    private EndJson end(TraceRun run) {
        TraceView trace = run.trace();
        RunEnd end = trace.end();
        Map<String, String> values = new LinkedHashMap<>();
        values.put("limit", Integer.toString(run.recipe().stepLimit()));
        if (trace.stepCount() > 0) {
            StepOutcome last = trace.step(trace.stepCount() - 1).outcome();
            if (last instanceof StepOutcome.Shutdown shutdown) values.put("reason", shutdown.reason());
            if (last instanceof StepOutcome.Exited exited) values.put("code", Words.hex(exited.code()));
            if (last instanceof StepOutcome.NotEmulated missing) {
                values.put("what", missing.what());
                values.put("bytes", missing.bytes());
                values.put("address", Words.hex(missing.linear()));
            }
        }
        return new EndJson(Words.kebab(end), messages.text("end." + Words.kebab(end), values));
    }

    private static Map<String, HexJson> registers(MachineView start, @Nullable HiddenTrace hidden) {
        Map<String, HexJson> registers = new LinkedHashMap<>();
        for (MachineRegister register : MachineRegister.values()) {
            boolean isHidden = hidden != null && hidden.initialRegisters().contains(register);
            registers.put(register.key(), isHidden ? HexJson.HIDDEN : HexJson.of(start.register(register)));
        }
        return registers;
    }

    private static OverlayJson overlay(TraceRun run, Overlay overlay) {
        int index = run.overlays().indexOf(overlay);
        String struct = overlay.layout().name();
        List<FieldJson> fields = new ArrayList<>();
        for (Field field : overlay.layout().fields()) {
            fields.add(new FieldJson(
                    field.path(),
                    field.offset(),
                    field.sizeBytes(),
                    FieldSlots.of(struct, field),
                    field.isPadding() ? true : null));
        }
        boolean isFirst = run.overlays().stream()
                .limit(index)
                .noneMatch(earlier -> earlier.layout().name().equals(struct));
        return new OverlayJson(
                isFirst ? struct : struct + "-" + (index + 1),
                struct,
                run.recipe().overlays().get(index).title(),
                HexJson.of(overlay.linear()),
                overlay.layout().sizeBytes(),
                fields);
    }

    /** Labels: symbols whose value lies in a section that is loaded. */
    private static Map<String, HexJson> symbols(Program program) {
        Map<String, HexJson> symbols = new LinkedHashMap<>();
        labels(program).forEach((name, linear) -> symbols.put(name, HexJson.of(linear)));
        return symbols;
    }

    private static SortedMap<String, Long> labels(Program program) {
        SortedMap<String, Long> labels = new TreeMap<>();
        program.symbols().forEach((name, value) -> {
            if (!name.startsWith(NOISE) && isLoaded(program, value)) labels.put(name, value);
        });
        return labels;
    }

    private static boolean isLoaded(Program program, long linear) {
        for (Section section : program.sections()) {
            long offset = linear - section.linear();
            if (section.loaded() && offset >= 0 && offset <= section.bytes().length) return true;
        }
        return false;
    }

    private static List<CodeJson> code(TraceRun run) {
        Map<Long, List<String>> labels = new LinkedHashMap<>();
        labels(run.program().program())
                .forEach((name, linear) -> labels.computeIfAbsent(linear, ignored -> new ArrayList<>())
                        .add(name));
        NavigableMap<Long, Phase> markers = new TreeMap<>(Long::compareUnsigned);
        markers.putAll(run.trace().initial().phaseMarkers());
        return run.program().code().stream()
                .sorted(Comparator.comparing(CodeLine::linear, Long::compareUnsigned))
                .map(line -> new CodeJson(
                        HexJson.of(line.linear()),
                        line.bytes(),
                        line.att(),
                        line.intel(),
                        labels.get(line.linear()),
                        line.file(),
                        line.line(),
                        line.note(),
                        phase(line.linear(), markers)))
                .toList();
    }

    /** Without a marker the user's half of the address space is user code, the other entry code. */
    private static String phase(long linear, NavigableMap<Long, Phase> markers) {
        Map.Entry<Long, Phase> marker = markers.floorEntry(linear);
        if (marker != null) return Words.kebab(marker.getValue());
        return Words.kebab(linear >= 0 ? Phase.USER : Phase.ENTRY);
    }
}
