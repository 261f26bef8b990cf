package dev.trapframe.server.stepper;

import dev.trapframe.server.stepper.StepperView.Segment;
import dev.trapframe.server.trace.StepJson;
import dev.trapframe.server.trace.StepJson.MicroJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What phases and micro-ops are called, and the timeline. {@code static/js/format/phases.js} says the same. */
final class Phases {

    private static final Map<String, String> NAMES = Map.of(
            "user", "user",
            "delivery", "processor delivers",
            "entry", "entry",
            "c", "C",
            "exit", "exit",
            "return", "return");

    private static final Map<String, String> KINDS = Map.ofEntries(
            Map.entry("fetched", "fetch"),
            Map.entry("read", "read"),
            Map.entry("written", "write"),
            Map.entry("executed", "execute"),
            Map.entry("page-walk-refused", "walk"),
            Map.entry("event-raised", "event"),
            Map.entry("event-held", "held"),
            Map.entry("events-combined", "combine"),
            Map.entry("gate-read", "gate"),
            Map.entry("call-gate-read", "gate"),
            Map.entry("checked", "check"),
            Map.entry("stack-chosen", "stack"),
            Map.entry("stack-aligned", "align"),
            Map.entry("pushed", "push"),
            Map.entry("handler-entered", "enter"),
            Map.entry("popped", "pop"),
            Map.entry("returned", "return"),
            Map.entry("gs-swapped", "swap"),
            Map.entry("halted", "halt"));

    private Phases() {}

    static String nameOf(String phase) {
        return NAMES.getOrDefault(phase, phase);
    }

    static String kindOf(MicroJson micro) {
        return KINDS.getOrDefault(micro.op(), micro.op());
    }

    /** Who writes: the processor by itself, or an instruction. */
    static String writerOf(MicroJson micro) {
        return micro.op().equals("pushed") ? "CPU" : "code";
    }

    private record Run(String phase, int tick, int length) {}

    static List<Segment> timeline(TraceCursor cursor, StepperPlace place) {
        List<Run> runs = runs(cursor.trace().steps());
        int done = Math.max(1, cursor.tick());
        List<Segment> segments = new ArrayList<>();
        for (Run run : runs) {
            var at = cursor.positionAt(run.tick());
            boolean isCurrent = run.tick() < done && done <= run.tick() + run.length();
            int percent = Math.max(1, Math.round(100f * run.length() / Math.max(1, cursor.lastTick())));
            segments.add(new Segment(
                    run.phase(), nameOf(run.phase()), place.linkTo(at), at.toString(), "g" + percent, isCurrent));
        }
        return segments;
    }

    private static List<Run> runs(List<StepJson> steps) {
        List<Run> runs = new ArrayList<>();
        int tick = 0;
        for (StepJson step : steps) {
            for (MicroJson micro : step.micro()) {
                int last = runs.size() - 1;
                if (last >= 0 && runs.get(last).phase().equals(micro.phase())) {
                    Run run = runs.get(last);
                    runs.set(last, new Run(run.phase(), run.tick(), run.length() + 1));
                } else {
                    runs.add(new Run(micro.phase(), tick, 1));
                }
                tick++;
            }
        }
        return runs;
    }
}
