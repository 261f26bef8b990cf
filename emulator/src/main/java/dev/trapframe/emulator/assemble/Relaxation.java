package dev.trapframe.emulator.assemble;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Finds the sizes of jumps and paddings. The result is GNU as's, not only a possible one: where alignment can take up what
 * a jump grows by, the order of decisions shows, so sections and fragments are gone through in its order.
 */
final class Relaxation {

    private static final int MAX_ROUNDS = 100;
    private static final int MAX_PASSES = 10_000;

    private final Collection<Section> sections;
    private final Evaluator evaluator;
    private final long maxBytes;
    private final BiConsumer<Statement, SourceError> errors;
    private final Map<Fragment, Long> settled = new HashMap<>();
    private boolean failed;

    /** @param errors is told of what cannot be computed */
    Relaxation(
            Collection<Section> sections,
            Evaluator evaluator,
            long maxBytes,
            BiConsumer<Statement, SourceError> errors) {
        this.sections = sections;
        this.evaluator = evaluator;
        this.maxBytes = maxBytes;
        this.errors = errors;
    }

    /** All sections have to be at address 0. */
    void run() {
        for (int round = 0; round < MAX_ROUNDS; round++) {
            boolean changed = false;
            for (Section section : sections) {
                changed |= settle(section.fragments());
                if (failed) return;
            }
            if (!changed) {
                sections.forEach(this::check);
                return;
            }
        }
        unsettled();
    }

    /** True if a fragment is elsewhere than at the end of the round before. */
    private boolean settle(List<Fragment> fragments) {
        begin(fragments);
        int pass = 0;
        while (!failed && pass(fragments)) {
            if (++pass == MAX_PASSES) {
                unsettled();
                return false;
            }
        }
        boolean changed = false;
        for (Fragment fragment : fragments) {
            Long before = settled.put(fragment, fragment.offset());
            changed |= before == null || before != fragment.offset();
        }
        return changed;
    }

    private void begin(List<Fragment> fragments) {
        long offset = 0;
        int region = 0;
        for (Fragment fragment : fragments) {
            fragment.region(region);
            if (fragment.mark()) fragment.turnMark();
            fragment.place(offset);
            offset += resize(fragment, () -> fragment.firstSize(evaluator));
            if (fragment instanceof Fragment.Align || fragment instanceof Fragment.Org) region++;
            if (failed) return;
        }
    }

    /** True if anything grew or shrank. */
    private boolean pass(List<Fragment> fragments) {
        long stretch = 0;
        boolean stretched = false;
        for (Fragment fragment : fragments) {
            fragment.turnMark();
            if (stretch != 0) fragment.place(fragment.offset() + stretch);
            if (fragment instanceof Fragment.Bytes) continue;
            int before = fragment.size();
            long moved = stretch;
            int growth = resize(fragment, () -> fragment.nextSize(evaluator, moved)) - before;
            if (failed) return false;
            stretched |= growth != 0;
            stretch += growth;
        }
        return stretched;
    }

    private interface Size {
        long compute();
    }

    private int resize(Fragment fragment, Size size) {
        if (fragment instanceof Fragment.Bytes) return fragment.size();
        try {
            long bytes = size.compute();
            if (bytes > maxBytes || fragment.offset() + bytes > maxBytes) {
                String name = fragment.section().name();
                throw new SourceError("section `" + name + "` would have more than " + maxBytes + " bytes");
            }
            fragment.resize((int) bytes);
        } catch (SourceError e) {
            failed = true;
            errors.accept(fragment.statement(), e);
        }
        return fragment.size();
    }

    private void check(Section section) {
        for (Fragment fragment : section.fragments()) {
            try {
                fragment.check(evaluator);
            } catch (SourceError e) {
                errors.accept(fragment.statement(), e);
            }
        }
    }

    /** Names the first padding whose size depends on other sizes. */
    private void unsettled() {
        failed = true;
        for (Section section : sections) {
            for (Fragment fragment : section.fragments()) {
                boolean computed = fragment instanceof Fragment.Space || fragment instanceof Fragment.Org;
                if (!computed) continue;
                errors.accept(
                        fragment.statement(), new SourceError("no size fits: it depends on itself, through addresses"));
                return;
            }
        }
        throw new IllegalStateException("jumps only grow");
    }
}
