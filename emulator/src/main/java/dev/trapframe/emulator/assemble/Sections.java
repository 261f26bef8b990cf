package dev.trapframe.emulator.assemble;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All sections, the current one, and the stack of .pushsection. */
final class Sections {

    private record Saved(Section current, Section previous) {}

    private final Map<String, Section> sections = new LinkedHashMap<>();
    private final Set<String> placed;
    private final Deque<Saved> stack = new ArrayDeque<>();
    private Section current;
    private Section previous;

    /** @param placed names of sections that have an address: they count as {@code "aw"} if the source gives no flags */
    Sections(Set<String> placed) {
        this.placed = placed;
        current = sections.computeIfAbsent(".text", name -> create(name, null));
        previous = current;
    }

    Section current() {
        return current;
    }

    Collection<Section> all() {
        return sections.values();
    }

    /** @param flags letters of .section, null if it has none: known names have usual ones */
    void change(String name, @Nullable String flags) {
        Section next = sections.computeIfAbsent(name, unknown -> create(unknown, flags));
        previous = current;
        current = next;
    }

    void push() {
        stack.push(new Saved(current, previous));
    }

    void pop() {
        if (stack.isEmpty()) throw new SourceError(".popsection without .pushsection");
        Saved saved = stack.pop();
        current = saved.current();
        previous = saved.previous();
    }

    void previous() {
        Section swap = previous;
        previous = current;
        current = swap;
    }

    private Section create(String name, @Nullable String flags) {
        String letters = flags == null ? usualFlags(name) : flags;
        return new Section(name, letters.contains("a"), letters.contains("w"), letters.contains("x"));
    }

    private String usualFlags(String name) {
        if (name.equals(".text") || name.startsWith(".text.")) return "ax";
        if (name.equals(".data") || name.startsWith(".data.")) return "aw";
        if (name.equals(".bss") || name.startsWith(".bss.")) return "aw";
        if (name.equals(".rodata") || name.startsWith(".rodata.")) return "a";
        return placed.contains(name) ? "aw" : "";
    }
}
