package dev.trapframe.emulator.assemble;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The open .if directives, and whether statements count. */
final class Conditionals {

    private static final int MAX_DEPTH = 1000;

    /** Directives that open a condition, with the way it is decided. */
    static final Set<String> OPENERS = Set.of(
            ".if",
            ".ifeq",
            ".ifne",
            ".ifgt",
            ".ifge",
            ".iflt",
            ".ifle",
            ".ifdef",
            ".ifndef",
            ".ifnotdef",
            ".ifc",
            ".ifnc",
            ".ifeqs",
            ".ifnes",
            ".ifb",
            ".ifnb");

    private static final class State {
        private final Statement statement;
        private final boolean outer;
        private boolean active;
        private boolean taken;
        private boolean elseSeen;

        State(Statement statement, boolean outer, boolean holds) {
            this.statement = statement;
            this.outer = outer;
            active = outer && holds;
            taken = holds;
        }
    }

    private final Deque<State> open = new ArrayDeque<>();

    boolean active() {
        return open.isEmpty() || open.peek().active;
    }

    int depth() {
        return open.size();
    }

    /** Closes what was opened inside a macro that is left. */
    void unwind(int depth) {
        while (open.size() > depth) open.pop();
    }

    /** The statement of the innermost open .if; null if there is none. */
    @Nullable
    Statement innermost() {
        return open.isEmpty() ? null : open.peek().statement;
    }

    void open(Statement statement, boolean holds) {
        if (open.size() == MAX_DEPTH) throw SourceError.last("more than " + MAX_DEPTH + " `.if` are open");
        open.push(new State(statement, active(), holds));
    }

    /** True if the condition of an .elseif matters. */
    boolean undecided() {
        State state = top(".elseif");
        return state.outer && !state.taken;
    }

    void elseIf(boolean holds) {
        State state = top(".elseif");
        if (state.elseSeen) throw new SourceError("`.elseif` after `.else`");
        state.active = state.outer && !state.taken && holds;
        state.taken |= holds;
    }

    void otherwise() {
        State state = top(".else");
        if (state.elseSeen) throw new SourceError("a second `.else`");
        state.elseSeen = true;
        state.active = state.outer && !state.taken;
    }

    void close() {
        top(".endif");
        open.pop();
    }

    private State top(String directive) {
        if (open.isEmpty()) throw new SourceError("`" + directive + "` without `.if`");
        return open.peek();
    }
}
