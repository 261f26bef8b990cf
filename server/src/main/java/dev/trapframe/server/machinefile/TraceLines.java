package dev.trapframe.server.machinefile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.trapframe.emulator.api.Change;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineView;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Writes a run as JSON lines, one for each step and one for the end; docs/machine-files.md describes them.
 *
 * <p>Not thread-safe: it follows one run.
 */
public final class TraceLines {

    /** What each line shows, in this order. */
    private static final List<MachineRegister> SHOWN = shown();

    private static final Set<MachineRegister> DEBUG = EnumSet.of(
            MachineRegister.DR0,
            MachineRegister.DR1,
            MachineRegister.DR2,
            MachineRegister.DR3,
            MachineRegister.DR6,
            MachineRegister.DR7);

    private static final Set<SystemRegister> SEGMENTS = EnumSet.range(SystemRegister.ES, SystemRegister.GS);

    private final JsonGenerator json;
    private final boolean withMicroOps;
    private final Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
    private final Map<SystemRegister, Descriptor> hidden = new EnumMap<>(SystemRegister.class);
    private final Map<SystemRegister, Descriptor> hiddenBefore = new EnumMap<>(SystemRegister.class);

    /**
     * @param start        the machine before the first step
     * @param withMicroOps each line has {@code micro} too
     */
    public TraceLines(Writer out, MachineView start, boolean withMicroOps) throws IOException {
        this.json = new JsonFactory().createGenerator(out);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
        json.setRootValueSeparator(null);
        this.withMicroOps = withMicroOps;
        for (MachineRegister register : MachineRegister.values()) registers.put(register, start.register(register));
        for (SystemRegister register : SEGMENTS) {
            hidden.put(register, start.descriptor(register));
            hiddenBefore.put(register, hiddenPart(register));
        }
    }

    private static List<MachineRegister> shown() {
        List<MachineRegister> result = new ArrayList<>(EnumSet.range(MachineRegister.RAX, MachineRegister.RFLAGS));
        result.addAll(List.of(
                MachineRegister.CS,
                MachineRegister.SS,
                MachineRegister.DS,
                MachineRegister.ES,
                MachineRegister.FS,
                MachineRegister.GS));
        result.addAll(EnumSet.range(MachineRegister.FS_BASE, MachineRegister.EFER));
        return result;
    }

    /** The line of the next step. */
    public void step(Step step) throws IOException {
        List<Change> changes = step.changes();
        for (Change change : changes) {
            if (change instanceof Change.RegisterChange register) registers.put(register.register(), register.after());
        }
        json.writeStartObject();
        writeWhat(step);
        for (MachineRegister register : SHOWN) writeHex(MachineFile.key(register), registers.get(register));
        json.writeNumberField("cpl", registers.get(MachineRegister.CPL));
        ChangedBytes bytes = ChangedBytes.of(changes);
        writeBytes("mem", bytes.written());
        writeBytes("ad", bytes.accessedAndDirty());
        writeSystem(changes);
        writeHidden(changes);
        if (withMicroOps) writeMicroOps(step.microSteps());
        endLine();
    }

    /** The last line. */
    public void end(RunResult result) throws IOException {
        json.writeStartObject();
        json.writeStringField("end", result.word());
        if (result.exitCode().isPresent())
            json.writeNumberField("code", result.exitCode().getAsLong());
        json.writeNumberField("steps", result.steps());
        endLine();
        json.flush();
    }

    private void endLine() throws IOException {
        json.writeEndObject();
        json.writeRaw('\n');
    }

    private void writeWhat(Step step) throws IOException {
        json.writeNumberField("step", step.index() + 1);
        writeHex("at", step.linear());
        List<Event> events = events(step);
        boolean asynchronous = !events.isEmpty() && isAsynchronous(events.get(0));
        boolean halted = step.text().equals("hlt") || step.text().startsWith("mwait");
        if (step.bytes().length > 0 && (halted || !asynchronous)) {
            json.writeStringField("bytes", HexFormat.of().formatHex(step.bytes()));
            json.writeStringField("asm", step.text().replaceAll(" +", " "));
        }
        if (asynchronous) {
            String kind = asynchronousKind(events.get(0));
            json.writeStringField("kind", halted ? "hlt+" + kind : kind);
        }
        if (step.iterations() > 1) json.writeNumberField("iter", step.iterations());
        writeEvents(events);
    }

    private static boolean isAsynchronous(Event event) {
        return event.source() == Event.Source.EXTERNAL_INTERRUPT
                || event.source() == Event.Source.NMI
                || isMachineCheck(event);
    }

    private static boolean isMachineCheck(Event event) {
        return event.source() == Event.Source.EXCEPTION && event.vector() == ExceptionVector.MC.vector();
    }

    private static String asynchronousKind(Event event) {
        if (isMachineCheck(event)) return "mc";
        return event.source() == Event.Source.NMI ? "nmi" : "irq";
    }

    /** All events of the step in order; the last is the one that was delivered. */
    private static List<Event> events(Step step) {
        List<Event> events = new ArrayList<>();
        for (MicroStep micro : step.microSteps()) {
            if (micro.op() instanceof MicroOp.EventRaised raised) events.add(raised.event());
        }
        if (step.outcome() instanceof StepOutcome.EventDelivered delivered) {
            boolean noted = !events.isEmpty() && events.get(events.size() - 1).equals(delivered.event());
            if (!noted) events.add(delivered.event());
        }
        return events;
    }

    private void writeEvents(List<Event> events) throws IOException {
        if (events.isEmpty()) return;
        json.writeArrayFieldStart("ev");
        for (Event event : events) MicroOpLines.write(json, event);
        json.writeEndArray();
    }

    private void writeBytes(String key, List<ChangedBytes.Run> runs) throws IOException {
        if (runs.isEmpty()) return;
        json.writeArrayFieldStart(key);
        for (ChangedBytes.Run run : runs) {
            json.writeStartArray();
            json.writeString(Long.toHexString(run.physical()));
            json.writeString(HexFormat.of().formatHex(run.before()));
            json.writeString(HexFormat.of().formatHex(run.after()));
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    /** Descriptor-table and debug registers that changed. */
    private void writeSystem(List<Change> changes) throws IOException {
        Map<String, Object> changed = new LinkedHashMap<>();
        for (Change change : changes) {
            if (change instanceof Change.SystemChange system && !SEGMENTS.contains(system.register())) {
                changed.put(key(system.register()), system);
            }
            if (change instanceof Change.RegisterChange register && DEBUG.contains(register.register())) {
                changed.put(register.register().key(), register);
            }
        }
        if (changed.isEmpty()) return;
        json.writeObjectFieldStart("sys");
        for (Map.Entry<String, Object> entry : changed.entrySet()) {
            if (entry.getValue() instanceof Change.SystemChange system) {
                writeDescriptor(system.register(), system.after());
            }
            if (entry.getValue() instanceof Change.RegisterChange register) writeHex(entry.getKey(), register.after());
        }
        json.writeEndObject();
    }

    /** Hidden parts of the segment registers that changed; the bases of FS and GS are what their MSRs say. */
    private void writeHidden(List<Change> changes) throws IOException {
        for (Change change : changes) {
            if (change instanceof Change.SystemChange system) hidden.put(system.register(), system.after());
        }
        List<SystemRegister> changed = new ArrayList<>();
        for (SystemRegister register : SEGMENTS) {
            Descriptor now = hiddenPart(register);
            if (!now.equals(hiddenBefore.put(register, now))) changed.add(register);
        }
        if (changed.isEmpty()) return;
        json.writeObjectFieldStart("hid");
        for (SystemRegister register : changed) writeDescriptor(register, hiddenPart(register));
        json.writeEndObject();
    }

    private Descriptor hiddenPart(SystemRegister register) {
        Descriptor part = hidden.get(register);
        return switch (register) {
            case FS -> withBase(part, registers.get(MachineRegister.FS_BASE));
            case GS -> withBase(part, registers.get(MachineRegister.GS_BASE));
            default -> part;
        };
    }

    private static Descriptor withBase(Descriptor part, long base) {
        return new Descriptor(part.selector(), base, part.limitBytes(), part.attributes());
    }

    private void writeDescriptor(SystemRegister register, Descriptor value) throws IOException {
        boolean table = register == SystemRegister.GDTR || register == SystemRegister.IDTR;
        json.writeArrayFieldStart(key(register));
        if (!table) json.writeString(Integer.toHexString(value.selector()));
        json.writeString(Long.toHexString(value.base()));
        json.writeString(Long.toHexString(value.limitBytes()));
        if (!table) json.writeString(Integer.toHexString(value.attributes()));
        json.writeEndArray();
    }

    private void writeMicroOps(List<MicroStep> microSteps) throws IOException {
        json.writeArrayFieldStart("micro");
        for (MicroStep micro : microSteps) MicroOpLines.write(json, micro);
        json.writeEndArray();
    }

    private void writeHex(String key, long value) throws IOException {
        json.writeStringField(key, Long.toHexString(value));
    }

    private static String key(SystemRegister register) {
        return register.name().toLowerCase(Locale.ROOT);
    }
}
