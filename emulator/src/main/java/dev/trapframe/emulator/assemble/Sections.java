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

    private static final int MAX_DEPTH = 100;
    private static final int MAX_SECTIONS = 1000;

    /** Where statements write. */
    record Place(Section section, int subsection) {}

    private record Saved(Place current, Place previous) {}

    private final Map<String, Section> sections = new LinkedHashMap<>();
    private final Set<String> placed;
    private final Budget budget;
    private final Deque<Saved> stack = new ArrayDeque<>();
    private Place current;
    private Place previous;

    /** @param placed names of sections that have an address: they count as {@code "aw"} if the source gives no flags */
    Sections(Set<String> placed, Budget budget) {
        this.placed = placed;
        this.budget = budget;
        current = new Place(sections.computeIfAbsent(".text", name -> create(name, null)), 0);
        previous = current;
    }

    Section current() {
        return current.section;
    }

    Place place() {
        return current;
    }

    Collection<Section> all() {
        return sections.values();
    }

    @Nullable
    Section find(String name) {
        return sections.get(name);
    }

    /** @param flags null if the source gives none: known names have usual ones */
    void change(String name, int subsection, @Nullable SectionFlags flags) {
        Section next = get(name, flags);
        previous = current;
        select(new Place(next, subsection));
    }

    /** The section with this name, made if need be. */
    Section get(String name, @Nullable SectionFlags flags) {
        Section section = sections.get(name);
        if (section == null) {
            if (sections.size() == MAX_SECTIONS) throw new SourceError("more than " + MAX_SECTIONS + " sections");
            section = create(name, flags);
            sections.put(name, section);
        } else if (flags != null && !flags.hasSameRights(section.flags())) {
            throw new SourceError("section `" + name + "` has the flags \""
                    + section.flags().letters() + "\" already, not \"" + flags.letters() + "\"");
        }
        return section;
    }

    /** Zeroes at the end of {@code .bss}, under the name of a symbol. */
    void reserve(Symbol symbol, long sizeBytes, int alignment, Statement statement) {
        Section bss = get(".bss", null);
        int subsection = bss == current.section ? current.subsection : 0;
        bss.select(0);
        bss.align(alignment);
        bss.add(new Fragment.Align(bss, statement, alignment, 0, new Fragment.Align.Filling(false, 0, 1)));
        symbol.defineLabel(bss.here(), statement.origin());
        Expression size = new Expression.Constant(sizeBytes);
        bss.add(new Fragment.Space(bss, statement, SourceError.STATEMENT, size, new byte[1]));
        bss.select(subsection);
    }

    void subsection(int number) {
        previous = current;
        select(new Place(current.section, number));
    }

    private void select(Place place) {
        current = place;
        place.section.select(place.subsection);
    }

    void push() {
        if (stack.size() == MAX_DEPTH) throw new SourceError("more than " + MAX_DEPTH + " `.pushsection` are open");
        stack.push(new Saved(current, previous));
    }

    void pop() {
        if (stack.isEmpty()) throw new SourceError("`.popsection` without `.pushsection`");
        Saved saved = stack.pop();
        select(saved.current());
        previous = saved.previous();
    }

    void previous() {
        Place swap = previous;
        previous = current;
        select(swap);
    }

    private Section create(String name, @Nullable SectionFlags flags) {
        if (flags != null) return new Section(name, flags, budget);
        SectionFlags usual = SectionFlags.usual(name);
        boolean unknown = usual.equals(SectionFlags.NONE) && placed.contains(name);
        return new Section(name, unknown ? SectionFlags.of("aw", false, 0) : usual, budget);
    }
}
