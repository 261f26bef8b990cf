package dev.trapframe.server.stepper;

import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.stepper.StepperView.Link;
import dev.trapframe.server.trace.StepJson.MicroJson;
import dev.trapframe.server.trace.TraceJson;
import dev.trapframe.server.trace.TraceJson.StackJson;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Draws a position of a trace: folds the changes before it over the initial state, and says what the panes show. */
public final class StepperViews {

    private StepperViews() {}

    /**
     * @param trace whole from its first step, or cut where what follows is hidden
     * @param asked a position; one that the trace does not have becomes the nearest it has, and the view says so
     */
    public static StepperView of(TraceJson trace, Position asked, StepperPlace place) {
        TraceCursor cursor = new TraceCursor(trace, asked);
        MicroJson micro = cursor.micro();
        String phase = micro == null ? "user" : micro.phase();
        StackJson stack = StackRows.inUse(cursor);
        ProcessorLines processor = new ProcessorLines(cursor);
        return new StepperView(
                place.id(),
                place.parameter(),
                place.title(),
                place.traceUrl(),
                place.recipe(),
                cursor.position().toString(),
                place.start().toString(),
                Words.where(cursor),
                phase,
                Phases.nameOf(phase),
                note(cursor, asked),
                links(cursor, place),
                Phases.timeline(cursor, place),
                CodeRows.of(cursor),
                stack == null ? "RSP is outside every stack" : stack.title(),
                stack == null ? List.of() : StackRows.of(cursor, place, stack),
                processor.registers(),
                processor.flags(),
                processor.lines(stack),
                processor.pending(),
                Words.explanation(cursor));
    }

    /** A position after the last is a mistake worth telling; n.m with m the whole of step n is the same place as n + 1. */
    private static @Nullable String note(TraceCursor cursor, Position asked) {
        Position last = cursor.positionAt(cursor.lastTick());
        boolean isTooFar = asked.compareTo(last) > 0;
        boolean isTooDeep = !isTooFar
                && asked.micro() > 0
                && cursor.position().step() != asked.step()
                && cursor.tick() - cursor.tickAt(Position.of(asked.step())) < asked.micro();
        if (!isTooFar && !isTooDeep) return null;
        return "There is no position " + asked + " in this trace, which ends at " + last + ". This is position "
                + cursor.position() + ".";
    }

    private static List<Link> links(TraceCursor cursor, StepperPlace place) {
        Position at = cursor.position();
        Position first = Position.START;
        Position last = cursor.positionAt(cursor.lastTick());
        Position stepBack = Position.of(at.micro() > 0 ? at.step() : Math.max(0, at.step() - 1));
        Position step = Position.of(Math.min(at.step() + 1, cursor.stepCount()));
        Position microBack = cursor.positionAt(Math.max(0, cursor.tick() - 1));
        Position micro = cursor.positionAt(Math.min(cursor.tick() + 1, cursor.lastTick()));
        return List.of(
                link("first", "|◀ First", at, first, place),
                link("back-step", "◀◀ Back a step", at, stepBack, place),
                link("back-micro", "◀ Back a micro-op", at, microBack, place),
                link("micro", "Micro-op ▶", at, micro, place),
                link("step", "Step ▶▶", at, step, place),
                link("last", "Last ▶|", at, last, place));
    }

    private static Link link(String id, String text, Position from, Position to, StepperPlace place) {
        return new Link(id, text, to.equals(from) ? null : place.linkTo(to));
    }
}
