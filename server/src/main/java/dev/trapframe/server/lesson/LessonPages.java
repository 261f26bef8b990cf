package dev.trapframe.server.lesson;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.server.item.Item;
import dev.trapframe.server.lesson.Lesson.Part;
import dev.trapframe.server.lesson.LessonView.PartView;
import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.scenario.Scenario;
import dev.trapframe.server.stepper.StepperPlace;
import dev.trapframe.server.stepper.StepperView;
import dev.trapframe.server.stepper.StepperViews;
import dev.trapframe.server.trace.TraceComposer;
import dev.trapframe.server.trace.TraceJson;
import dev.trapframe.server.trace.TraceService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Draws lessons: text, steppers and items at what the page's address asks for. */
public final class LessonPages {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final TraceService traces;
    private final TraceComposer composer;
    private final ItemViews items;

    public LessonPages(TraceService traces, TraceComposer composer, ItemViews items) {
        this.traces = traces;
        this.composer = composer;
        this.items = items;
    }

    LessonView of(Lesson lesson, Track track, PageState page) {
        List<PartView> parts = new ArrayList<>();
        int steppers = 0;
        int questions = 0;
        for (Part part : lesson.parts()) {
            if (part instanceof Part.Prose prose) {
                parts.add(new PartView("html", prose.html(), null, null));
            } else if (part instanceof Part.Machine machine) {
                String parameter =
                        steppers++ == 0 ? "step" : "step-" + machine.scenario().slug();
                parts.add(new PartView("stepper", null, stepper(machine.scenario(), parameter, page), null));
            } else if (part instanceof Part.Question question) {
                Item item = question.item();
                String parameter = questions++ == 0 ? "item-step" : "item-step-" + item.id();
                parts.add(new PartView("item", null, null, items.of(item, parameter, page)));
            }
        }
        return new LessonView(
                lesson.slug(),
                lesson.title(),
                lesson.lang(),
                lesson.minutes(),
                "Lesson " + track.number(lesson) + " of " + track.lessons().size(),
                lesson.objectives(),
                parts,
                lesson.headings());
    }

    private StepperView stepper(Scenario scenario, String parameter, PageState page) {
        TraceJson trace = composer.compose(traces.of(scenario.recipe()));
        Map<String, String> kept = new HashMap<>(page.query());
        kept.remove(parameter);
        StepperPlace place = new StepperPlace(
                "stepper-" + scenario.slug(),
                scenario.title(),
                parameter,
                kept,
                scenario.start(),
                "/api/v1/traces/" + trace.recipeId() + "/" + trace.revision(),
                recipeJson(trace));
        Position asked = page.position(parameter).orElse(scenario.start());
        return StepperViews.of(trace, asked, place);
    }

    private static String recipeJson(TraceJson trace) {
        try {
            return JSON.writeValueAsString(trace.recipe());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a canonical recipe is JSON", e);
        }
    }
}
