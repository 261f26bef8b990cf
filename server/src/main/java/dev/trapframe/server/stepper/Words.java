package dev.trapframe.server.stepper;

import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.stepper.StepperView.Explanation;
import dev.trapframe.server.trace.StepJson;
import dev.trapframe.server.trace.StepJson.EventJson;
import dev.trapframe.server.trace.StepJson.MicroJson;
import dev.trapframe.server.trace.TraceJson;
import org.jspecify.annotations.Nullable;

/** The sentences of the stepper. {@code static/js/format/words.js} says the same. */
final class Words {

    private Words() {}

    static String where(TraceCursor cursor) {
        Position at = cursor.position();
        int total = cursor.trace().stepCount();
        StepJson step = cursor.step();
        if (step == null) return "start · " + total + " steps · position 0";
        if (at.micro() == 0) return "step " + at.step() + " of " + total + " · position " + at;
        return "step " + (at.step() + 1) + " of " + total + " · micro-op " + at.micro() + " of "
                + step.micro().size() + " · position " + at;
    }

    static Explanation explanation(TraceCursor cursor) {
        StepJson step = cursor.step();
        MicroJson micro = cursor.micro();
        String end = cursor.position().step() < cursor.stepCount() ? "" : end(cursor.trace());
        if (step == null || micro == null) {
            String title = cursor.trace().program().title();
            return new Explanation("", title, "Before the first instruction", "", "", false, end);
        }
        return new Explanation(
                micro.phase(),
                stepText(step) + note(cursor.trace(), step),
                micro.title(),
                micro.why(),
                micro.source() == null ? "" : micro.source(),
                isRefused(micro),
                end);
    }

    /** The comment of the source line. */
    private static String note(TraceJson trace, StepJson step) {
        return trace.code().stream()
                .filter(line -> line.address().equals(step.at()) && line.note() != null)
                .findFirst()
                .map(line -> " # " + line.note())
                .orElse("");
    }

    private static String end(TraceJson trace) {
        boolean isCut = trace.hidden() != null && trace.hidden().cutAt() != null;
        return isCut ? trace.hidden().text() : trace.end().text();
    }

    static boolean isRefused(MicroJson micro) {
        return Boolean.TRUE.equals(micro.refused());
    }

    private static String stepText(StepJson step) {
        String place = "Step " + (step.index() + 1) + ": ";
        return switch (step.outcome()) {
            case "event" -> place + instruction(step) + " → " + event(step.event());
            case "halted" -> place + instruction(step) + ", the processor halts";
            case "shutdown" -> place + instruction(step) + ", the processor shuts down";
            case "not-emulated" -> place + "not emulated";
            default -> place + instruction(step);
        };
    }

    /** The instruction with single blanks, or what came before it. */
    static String instruction(StepJson step) {
        return switch (step.kind()) {
            case "nmi" -> "NMI before this instruction";
            case "interrupt" -> "interrupt before this instruction";
            default -> step.att() == null ? Digits.hex(step.at()) : step.att().replaceAll("\\s+", " ");
        };
    }

    private static String event(@Nullable EventJson event) {
        if (event == null) return "event";
        String code = event.errorCode() == null ? "" : ", error code " + Digits.hex(event.errorCode());
        return event.name() + " " + event.title() + code;
    }
}
