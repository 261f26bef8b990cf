package dev.trapframe.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The checks of one operation in the manual's order, each as a defect that it alone refuses. Of any two defects that are
 * there together, the earlier one decides: {@link #verify} tries every pair, so that no two checks can change places
 * unnoticed.
 *
 * @param <S> the set-up that defects spoil
 */
public final class CheckOrder<S> {

    private static final String ACCEPTED = "accepted";

    private final Supplier<S> sound;
    private final Function<S, String> outcome;
    private final List<Defect<S>> defects = new ArrayList<>();

    private record Defect<S>(String name, String part, Consumer<S> spoil, String refusal) {}

    /**
     * An order without any check yet.
     *
     * @param sound   makes a set-up without a defect
     * @param outcome runs a set-up and says how it was refused, or {@link #accepted}
     */
    public CheckOrder(Supplier<S> sound, Function<S, String> outcome) {
        this.sound = sound;
        this.outcome = outcome;
    }

    /** The outcome of a set-up without a defect. */
    public static String accepted() {
        return ACCEPTED;
    }

    /**
     * The next check.
     *
     * @param part    what of the set-up the defect replaces; two defects of one part cannot be there together
     * @param refusal the outcome of a set-up with this defect alone
     */
    public CheckOrder<S> then(String name, String part, Consumer<S> spoil, String refusal) {
        defects.add(new Defect<>(name, part, spoil, refusal));
        return this;
    }

    /** Tries the sound set-up, every defect alone, and every pair of them; fails with all outcomes that are not right. */
    public void verify() {
        List<String> wrong = new ArrayList<>();
        tryWith("nothing is wrong", ACCEPTED, List.of(), wrong);
        for (int first = 0; first < defects.size(); first++) {
            Defect<S> earlier = defects.get(first);
            tryWith(earlier.name(), earlier.refusal(), List.of(earlier), wrong);
            for (Defect<S> later : defects.subList(first + 1, defects.size())) {
                if (later.part().equals(earlier.part())) continue;
                String name = earlier.name() + " before " + later.name();
                tryWith(name, earlier.refusal(), List.of(later, earlier), wrong);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private void tryWith(String name, String expected, List<Defect<S>> present, List<String> wrong) {
        S setUp = sound.get();
        for (Defect<S> defect : present) defect.spoil().accept(setUp);
        String actual = outcome.apply(setUp);
        if (!actual.equals(expected)) wrong.add(name + ": expected " + expected + ", was " + actual);
    }
}
