package dev.trapframe.server.lesson;

import dev.trapframe.server.item.Item;
import dev.trapframe.server.scenario.Scenario;
import java.util.List;

/**
 * A lesson, as its author wrote it.
 *
 * @param slug       the address under {@code /lessons/}
 * @param lang       language of the text
 * @param minutes    what it takes, 1 to 240
 * @param objectives what a reader can do afterwards
 * @param parts      in order
 * @param headings   of the second level, for the table of contents
 */
public record Lesson(
        String slug,
        String title,
        String lang,
        int minutes,
        List<String> objectives,
        List<Part> parts,
        List<TocEntry> headings) {

    public Lesson {
        objectives = List.copyOf(objectives);
        parts = List.copyOf(parts);
        headings = List.copyOf(headings);
    }

    /** The items of the lesson, in order. */
    public List<Item> items() {
        return parts.stream()
                .filter(Part.Question.class::isInstance)
                .map(part -> ((Part.Question) part).item())
                .toList();
    }

    /** One part of a lesson. */
    public sealed interface Part {

        /** Text, as HTML that is safe to send. */
        record Prose(String html) implements Part {}

        /** A machine to step. */
        record Machine(Scenario scenario) implements Part {}

        /** A question. */
        record Question(Item item) implements Part {}
    }

    /** @param id of the heading on the page */
    public record TocEntry(String id, String title) {}
}
