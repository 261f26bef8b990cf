package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Goes through a body once for each set of values, and puts the values in when a statement is asked for. */
final class Expander implements Iterator<Statement> {

    private final List<Statement> body;
    private final Iterator<Map<String, String>> rounds;
    private final int count;
    private final @Nullable Origin call;
    private final Budget budget;
    private final List<Statement> ready = new ArrayList<>();
    private Map<String, String> values = Map.of();
    private int nextReady;
    private int nextBody;

    /**
     * @param count what {@code \@} stands for; negative to put nothing in at all
     * @param call  names macro and trail of the statements; null to keep those of the body
     */
    Expander(
            List<Statement> body,
            Iterator<Map<String, String>> rounds,
            int count,
            @Nullable Origin call,
            Budget budget) {
        this.body = body;
        this.rounds = rounds;
        this.count = count;
        this.call = call;
        this.budget = budget;
        nextBody = body.size();
    }

    @Override
    public boolean hasNext() {
        return nextReady < ready.size() || nextBody < body.size() || !body.isEmpty() && rounds.hasNext();
    }

    @Override
    public Statement next() {
        if (nextReady < ready.size()) return ready.get(nextReady++);
        if (!hasNext()) throw new NoSuchElementException();
        if (nextBody == body.size()) {
            values = rounds.next();
            nextBody = 0;
        }
        Statement statement = body.get(nextBody++);
        if (count < 0 || statement.text().indexOf('\\') < 0) {
            return call == null ? statement : plain(statement, call);
        }
        expand(statement);
        return ready.get(nextReady++);
    }

    private static Statement plain(Statement body, Origin call) {
        Origin written = body.origin();
        Origin origin = new Origin(written.file(), written.line(), written.text(), call.macro(), call.trail());
        return new Statement(origin, body.column(), body.text(), body.expansion());
    }

    private void expand(Statement statement) {
        ready.clear();
        nextReady = 0;
        String text = Substitution.apply(statement.text(), values, count);
        budget.expand(text.length());
        Origin written = statement.origin();
        String line =
                written.text().equals(statement.text()) ? text : Substitution.apply(written.text(), values, count);
        Origin origin = new Origin(
                written.file(),
                written.line(),
                line,
                call == null ? written.macro() : call.macro(),
                call == null ? written.trail() : call.trail());
        Expansion expansion = new Expansion(statement, values, count);
        for (CommentStripper.Piece piece : new CommentStripper().pieces(text)) {
            ready.add(new Statement(origin, piece.column(), piece.text(), expansion));
        }
    }
}
