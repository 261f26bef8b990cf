package dev.trapframe.server.attempt;

import dev.trapframe.server.grading.BadAnswers;
import dev.trapframe.server.item.Item;
import dev.trapframe.server.item.ItemTraces;
import dev.trapframe.server.learner.Learner;
import dev.trapframe.server.web.Cors;
import dev.trapframe.server.web.HttpProblem;
import dev.trapframe.server.web.LearnerCookie;
import dev.trapframe.server.web.ProblemJson;
import dev.trapframe.server.web.RateLimit;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Attempts by API. The id of an attempt entitles to answer it; no cookie is needed. */
public final class AttemptRoutes {

    private static final int MOST_KEY_CHARACTERS = 100;

    private static final List<String> OPEN_TO_OTHER_ORIGINS = List.of(
            "/api/v1/items/{id}/attempts",
            "/api/v1/items/{id}/trace",
            "/api/v1/attempts/{id}",
            "/api/v1/attempts/{id}/tries",
            "/api/v1/attempts/{id}/give-up",
            "/api/v1/attempts/{id}/trace");

    private final Attempts attempts;
    private final Function<String, Optional<Item>> items;
    private final ItemTraces traces;
    private final LearnerCookie cookie;
    private final RateLimit tries;
    private final RateLimit computing;

    /**
     * @param items     the item with an id, as the content has it now
     * @param tries     limit of what changes an attempt
     * @param computing limit of traces
     */
    public AttemptRoutes(
            Attempts attempts,
            Function<String, Optional<Item>> items,
            ItemTraces traces,
            LearnerCookie cookie,
            RateLimit tries,
            RateLimit computing) {
        this.attempts = attempts;
        this.items = items;
        this.traces = traces;
        this.cookie = cookie;
        this.tries = tries;
        this.computing = computing;
    }

    public void register(RoutesConfig routes) {
        routes.post("/api/v1/items/{id}/attempts", this::open);
        routes.get("/api/v1/items/{id}/trace", this::itemTrace);
        routes.get("/api/v1/attempts/{id}", this::show);
        routes.post("/api/v1/attempts/{id}/tries", this::submit);
        routes.post("/api/v1/attempts/{id}/give-up", this::giveUp);
        routes.get("/api/v1/attempts/{id}/trace", this::attemptTrace);
        for (String path : OPEN_TO_OTHER_ORIGINS) routes.options(path, Cors::preflight);
    }

    private void open(Context ctx) {
        tries.count(ctx);
        Optional<Learner> learner = cookie.apiAuthor(ctx);
        Item item = item(ctx);
        Attempt attempt = attempts.open(attempts.newId(), item, learner.map(Learner::id));
        ctx.status(201).header("Location", "/api/v1/attempts/" + attempt.id());
        answer(ctx, AttemptJson.of(attempt, attempts.solutionOf(attempt)));
    }

    private void show(Context ctx) {
        Attempt attempt = attempt(ctx);
        answer(ctx, AttemptJson.of(attempt, attempts.solutionOf(attempt)));
    }

    private void submit(Context ctx) {
        tries.count(ctx);
        Optional<Learner> learner = cookie.apiAuthor(ctx);
        Attempt attempt = attempt(ctx);
        Map<String, String> sent = TryRequest.answers(ctx.body());
        TryResult result = submitted(attempt, sent, idempotencyKey(ctx));
        learner.or(() -> cookie.atFirstAnswer(ctx)).ifPresent(known -> attempts.tie(attempt, known.id()));
        answer(ctx, TryJson.of(result));
    }

    private TryResult submitted(Attempt attempt, Map<String, String> sent, Optional<String> key) {
        try {
            return attempts.submit(attempt, sent, key);
        } catch (BadAnswers e) {
            throw new HttpProblem(problemOf(e));
        } catch (AttemptClosed e) {
            throw new HttpProblem(409, "attempt-closed", "The attempt is closed", "Open a new attempt to try again.");
        } catch (KeyReused e) {
            throw new HttpProblem(
                    422, "key-reused", "The key was used before", "Send other answers with another Idempotency-Key.");
        }
    }

    private static ProblemJson problemOf(BadAnswers bad) {
        Map.Entry<String, String> first = bad.problems().entrySet().iterator().next();
        String pointer = TryRequest.pointer("/answers", first.getKey());
        return new ProblemJson("bad-answer", "An answer cannot be read", 400, first.getValue(), pointer);
    }

    private void giveUp(Context ctx) {
        tries.count(ctx);
        cookie.apiAuthor(ctx);
        Attempt closed = attempts.giveUp(attempt(ctx));
        answer(ctx, AttemptJson.of(closed, attempts.solutionOf(closed)));
    }

    private void itemTrace(Context ctx) {
        computing.count(ctx);
        answer(ctx, traces.hidden(item(ctx)));
    }

    private void attemptTrace(Context ctx) {
        computing.count(ctx);
        Attempt attempt = attempt(ctx);
        Item item = items.apply(attempt.itemId())
                .filter(current -> attempts.isCurrent(attempt, current))
                .orElseThrow(() -> new HttpProblem(
                        410, "content-changed", "The item has changed", "Open a new attempt to step its machine."));
        answer(ctx, attempt.isClosed() ? traces.whole(item) : traces.hidden(item));
    }

    /** Whoever asks, it is theirs alone: no cache may keep it. */
    private static void answer(Context ctx, Object body) {
        ctx.header("Cache-Control", "private, no-store").json(body);
    }

    private Item item(Context ctx) {
        return items.apply(ctx.pathParam("id"))
                .orElseThrow(() -> HttpProblem.notFound("There is no item with this id."));
    }

    private Attempt attempt(Context ctx) {
        return attempts.find(ctx.pathParam("id"))
                .orElseThrow(() -> HttpProblem.notFound("There is no attempt with this id."));
    }

    private static Optional<String> idempotencyKey(Context ctx) {
        String key = ctx.header("Idempotency-Key");
        if (key == null) return Optional.empty();
        if (key.isBlank() || key.length() > MOST_KEY_CHARACTERS) {
            throw HttpProblem.badRequest(
                    "expected an Idempotency-Key of 1 to " + MOST_KEY_CHARACTERS + " characters", null);
        }
        return Optional.of(key);
    }
}
