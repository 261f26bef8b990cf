package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.List;

/** A section while it is written. */
final class Section {

    /** No section can be larger. */
    static final int MAX_BYTES = 1 << 28;

    private final String name;
    private final boolean allocated;
    private final boolean writable;
    private final boolean executable;
    private final List<Fragment> fragments = new ArrayList<>();
    private Fragment.Bytes open;
    private long base;

    Section(String name, boolean allocated, boolean writable, boolean executable) {
        this.name = name;
        this.allocated = allocated;
        this.writable = writable;
        this.executable = executable;
        open = new Fragment.Bytes(this);
        fragments.add(open);
    }

    String name() {
        return name;
    }

    boolean allocated() {
        return allocated;
    }

    boolean writable() {
        return writable;
    }

    boolean executable() {
        return executable;
    }

    long base() {
        return base;
    }

    void base(long newBase) {
        base = newBase;
    }

    List<Fragment> fragments() {
        return fragments;
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
        return fragments.size() == 1 && open.size() == 0;
    }
}
