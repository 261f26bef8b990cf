package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.server.scenario.CodeLine;
import dev.trapframe.server.scenario.Toolchain;
import dev.trapframe.server.trace.StepJson.EventJson;
import dev.trapframe.server.trace.StepJson.MicroJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes steps as JSON has them. */
final class StepComposer {

    private final Messages messages;
    private final MicroComposer micros;
    private final Toolchain tools;
    private final Map<Long, CodeLine> code = new HashMap<>();

    StepComposer(Messages messages, TraceRun run, Toolchain tools) {
        this.messages = messages;
        this.micros = new MicroComposer(new Explanations(messages, run.program().program()));
        this.tools = tools;
        for (CodeLine line : run.program().code()) code.put(line.linear(), line);
    }

    /** A step with nothing hidden. */
    StepJson compose(Step step) {
        List<Veil> veils = step.microSteps().stream().map(Veil::open).toList();
        return compose(step, veils, false);
    }

    StepJson compose(Step step, List<Veil> veils, boolean hidesErrorCode) {
        List<MicroJson> micro = new ArrayList<>();
        for (int i = 0; i < step.microSteps().size(); i++) {
            micro.add(micros.compose(step, step.microSteps().get(i), veils.get(i)));
        }
        boolean hasInstruction = step.bytes().length > 0;
        return new StepJson(
                step.index(),
                HexJson.of(step.linear()),
                hasInstruction ? HexFormat.of().formatHex(step.bytes()) : null,
                hasInstruction ? step.text() : null,
                hasInstruction ? intel(step) : null,
                outcome(step.outcome()),
                kind(step),
                event(step.outcome(), hidesErrorCode),
                micro);
    }

    /** The listing has it, unless the program has changed its own code. */
    private String intel(Step step) {
        CodeLine line = code.get(step.linear());
        boolean listed = line != null && line.bytes().equals(HexFormat.of().formatHex(step.bytes()));
        return listed ? line.intel() : tools.intel(step.bytes(), step.linear());
    }

    /** What {@code outcome} says. */
    static String outcome(StepOutcome outcome) {
        if (outcome instanceof StepOutcome.Retired) return "retired";
        if (outcome instanceof StepOutcome.EventDelivered) return "event";
        if (outcome instanceof StepOutcome.Halted) return "halted";
        if (outcome instanceof StepOutcome.Exited) return "exited";
        return outcome instanceof StepOutcome.Shutdown ? "shutdown" : "not-emulated";
    }

    /** A delivery without an instruction begins with its event; where a fetch failed there is a page walk or a check before. */
    private static String kind(Step step) {
        if (step.bytes().length > 0) return "instruction";
        for (MicroStep micro : step.microSteps()) {
            if (!(micro.op() instanceof MicroOp.EventRaised raised)) continue;
            if (raised.event().source() == Event.Source.EXTERNAL_INTERRUPT) return "interrupt";
            if (raised.event().source() == Event.Source.NMI) return "nmi";
            if (isMachineCheck(raised.event())) return "machine-check";
            return "instruction";
        }
        return "instruction";
    }

    private static boolean isMachineCheck(Event event) {
        return event.source() == Event.Source.EXCEPTION && event.vector() == ExceptionVector.MC.vector();
    }

    private @Nullable EventJson event(StepOutcome outcome, boolean hidesErrorCode) {
        if (!(outcome instanceof StepOutcome.EventDelivered delivered)) return null;
        Event event = delivered.event();
        HexJson errorCode = null;
        if (event.errorCode().isPresent()) {
            errorCode = hidesErrorCode
                    ? HexJson.HIDDEN
                    : HexJson.of(event.errorCode().getAsInt() & 0xffff_ffffL);
        }
        String title = messages.text(Words.key(event) + ".title", Map.of("vector", Words.hex(event.vector())));
        return new EventJson(event.vector(), Words.name(event), title, errorCode);
    }
}
