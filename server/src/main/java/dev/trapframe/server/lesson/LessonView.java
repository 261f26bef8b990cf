package dev.trapframe.server.lesson;

import dev.trapframe.server.lesson.Lesson.TocEntry;
import dev.trapframe.server.stepper.StepperView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code templates/lesson.html} shows.
 *
 * @param position {@code Lesson 1 of 2}
 */
public record LessonView(
        String slug,
        String title,
        String lang,
        int minutes,
        String position,
        List<String> objectives,
        List<PartView> parts,
        List<TocEntry> toc) {

    /**
     * One part; of the last three one is there.
     *
     * @param kind {@code html}, {@code stepper} or {@code item}
     * @param html safe to send
     */
    public record PartView(
            String kind,
            @Nullable String html,
            @Nullable StepperView stepper,
            @Nullable ItemView item) {}
}
