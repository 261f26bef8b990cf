package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A section while it is written. Its subsections stand in the order of their numbers. */
final class Section {

    private final String name;
    private final SectionFlags flags;
    private final Budget budget;
    private final NavigableMap<Integer, List<Fragment>> subsections = new TreeMap<>();
    private List<Fragment> fragments = List.of();
    private Fragment.Bytes open;
    private long base;
    private int alignment = 1;

    Section(String name, SectionFlags flags, Budget budget) {
        this.name = name;
        this.flags = flags;
        this.budget = budget;
        open = new Fragment.Bytes(this);
        select(0);
    }

    String name() {
        return name;
    }

    SectionFlags flags() {
        return flags;
    }

    /** Is told of every byte. */
    Budget budget() {
        return budget;
    }

    boolean allocated() {
        return flags.allocated();
    }

    boolean executable() {
        return flags.executable();
    }

    /** Linear address of the first byte; 0 until layout says so. */
    long base() {
        return base;
    }

    void base(long newBase) {
        base = newBase;
    }

    /** A power of two that {@link #base} has to be a multiple of. */
    int alignment() {
        return alignment;
    }

    void align(int newAlignment) {
        alignment = Math.max(alignment, newAlignment);
    }

    /** Goes on at the end of a subsection. */
    void select(int subsection) {
        fragments = subsections.computeIfAbsent(subsection, unused -> {
            List<Fragment> created = new ArrayList<>();
            created.add(new Fragment.Bytes(this));
            return created;
        });
        open = (Fragment.Bytes) fragments.get(fragments.size() - 1);
    }

    /** Of all subsections. */
    List<Fragment> fragments() {
        if (subsections.size() == 1) return fragments;
        List<Fragment> all = new ArrayList<>();
        subsections.values().forEach(all::addAll);
        return all;
    }

    /** Where the next byte goes. */
    Location here() {
        return new Location(open, open.size());
    }

    Fragment.Bytes open() {
        return open;
    }

    /** Adds a fragment whose size layout decides, and opens a new one after it. */
    void add(Fragment fragment) {
        fragments.add(fragment);
        open = new Fragment.Bytes(this);
        fragments.add(open);
    }

    boolean isEmpty() {
        return subsections.values().stream()
                .allMatch(list -> list.size() == 1 && list.get(0).size() == 0);
    }

    /** Bytes; valid when layout has placed the fragments. */
    long sizeBytes() {
        List<Fragment> all = fragments();
        Fragment last = all.get(all.size() - 1);
        return last.offset() + last.size();
    }
}
