package dev.trapframe.server.lesson;

import dev.trapframe.server.item.Item;
import java.util.List;
import java.util.Optional;

/**
 * All lessons, in the order of {@code track.yaml}.
 *
 * @param title of the whole
 */
public record Track(String title, List<Lesson> lessons) {

    public Track {
        lessons = List.copyOf(lessons);
    }

    public Optional<Lesson> lesson(String slug) {
        return lessons.stream().filter(lesson -> lesson.slug().equals(slug)).findFirst();
    }

    public Optional<Item> item(String id) {
        return items().stream().filter(item -> item.id().equals(id)).findFirst();
    }

    public List<Item> items() {
        return lessons.stream().flatMap(lesson -> lesson.items().stream()).toList();
    }

    /** Place of a lesson among all, from 1. */
    public int number(Lesson lesson) {
        return lessons.indexOf(lesson) + 1;
    }
}
