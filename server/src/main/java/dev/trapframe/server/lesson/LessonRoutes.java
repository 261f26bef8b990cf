package dev.trapframe.server.lesson;

import dev.trapframe.server.attempt.Attempt;
import dev.trapframe.server.attempt.AttemptClosed;
import dev.trapframe.server.attempt.Attempts;
import dev.trapframe.server.attempt.KeyReused;
import dev.trapframe.server.grading.BadAnswers;
import dev.trapframe.server.item.Item;
import dev.trapframe.server.learner.Learner;
import dev.trapframe.server.lesson.PageState.RefusedForm;
import dev.trapframe.server.web.HttpProblem;
import dev.trapframe.server.web.LearnerCookie;
import dev.trapframe.server.web.Pages;
import dev.trapframe.server.web.RateLimit;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Pages of lessons, and the forms on them that work without JavaScript. */
public final class LessonRoutes {

    /** The parameters that an address of a lesson may have; others are dropped from the links on the page. */
    private static final Pattern PARAMETER = Pattern.compile("attempt|(?:item-)?step(?:-[a-z0-9-]{1,100})?");

    private static final Pattern VALUE = Pattern.compile("[a-z0-9.]{1,40}");
    private static final Pattern ATTEMPT_ID = Pattern.compile("[0-9a-f]{32}");
    private static final int MOST_KEY_CHARACTERS = 100;

    private final Supplier<Track> track;
    private final Pages pages;
    private final LessonPages lessonPages;
    private final Attempts attempts;
    private final LearnerCookie cookie;
    private final RateLimit tries;

    /** @param track the lessons as they are now */
    public LessonRoutes(
            Supplier<Track> track,
            Pages pages,
            LessonPages lessonPages,
            Attempts attempts,
            LearnerCookie cookie,
            RateLimit tries) {
        this.track = track;
        this.pages = pages;
        this.lessonPages = lessonPages;
        this.attempts = attempts;
        this.cookie = cookie;
        this.tries = tries;
    }

    public void register(RoutesConfig routes) {
        routes.get("/", ctx -> list(ctx, "home"));
        routes.get("/lessons", ctx -> list(ctx, "lessons"));
        routes.get("/lessons/{slug}", this::show);
        routes.post("/lessons/{slug}/items/{item}/tries", this::submit);
        routes.post("/lessons/{slug}/items/{item}/give-up", this::giveUp);
    }

    private void list(Context ctx, String template) {
        Track now = track.get();
        ctx.header("Cache-Control", "no-cache");
        pages.send(ctx, template, Map.of("title", now.title(), "lessons", now.lessons()));
    }

    private void show(Context ctx) {
        Map<String, String> query = new TreeMap<>();
        for (String name : ctx.queryParamMap().keySet()) {
            String value = ctx.queryParam(name);
            if (value != null
                    && PARAMETER.matcher(name).matches()
                    && VALUE.matcher(value).matches()) query.put(name, value);
        }
        page(ctx, new PageState(query, cookie.reader(ctx), Optional.empty()));
    }

    private void page(Context ctx, PageState state) {
        Track now = track.get();
        Lesson lesson = now.lesson(ctx.pathParam("slug")).orElseThrow(LessonRoutes::noSuchLesson);
        ctx.header("Cache-Control", "private, no-cache").header("Vary", "Cookie");
        pages.send(ctx, "lesson", Map.of("lesson", lessonPages.of(lesson, now, state)));
    }

    private void submit(Context ctx) {
        tries.count(ctx);
        Item item = item(ctx);
        Optional<Learner> learner = cookie.author(ctx);
        Attempt attempt = attempt(ctx, item, learner);
        Map<String, String> typed = typed(ctx, item);
        try {
            attempts.submit(attempt, typed, idempotencyKey(ctx));
            learner.or(() -> cookie.atFirstAnswer(ctx)).ifPresent(known -> attempts.tie(attempt, known.id()));
            seeOther(ctx, item, attempt);
        } catch (BadAnswers e) {
            RefusedForm refused = new RefusedForm(item.id(), attempt.id(), typed, message(e, item));
            ctx.status(HttpStatus.BAD_REQUEST);
            page(ctx, new PageState(Map.of("attempt", attempt.id()), learner, Optional.of(refused)));
        } catch (AttemptClosed | KeyReused e) {
            seeOther(ctx, item, attempt); // the page shows what stands
        }
    }

    private void giveUp(Context ctx) {
        tries.count(ctx);
        Item item = item(ctx);
        Attempt attempt = attempt(ctx, item, cookie.author(ctx));
        attempts.giveUp(attempt);
        seeOther(ctx, item, attempt);
    }

    private static void seeOther(Context ctx, Item item, Attempt attempt) {
        ctx.header("Cache-Control", "no-store");
        ctx.redirect(
                "/lessons/" + item.lessonSlug() + "?attempt=" + attempt.id() + "#item-" + item.id(),
                HttpStatus.SEE_OTHER);
    }

    private Item item(Context ctx) {
        Lesson lesson = track.get().lesson(ctx.pathParam("slug")).orElseThrow(LessonRoutes::noSuchLesson);
        return lesson.items().stream()
                .filter(item -> item.id().equals(ctx.pathParam("item")))
                .findFirst()
                .orElseThrow(() -> HttpProblem.notFound("This lesson has no such item."));
    }

    private static HttpProblem noSuchLesson() {
        return new HttpProblem(404, "not-found", "There is no such lesson", "No lesson has this address.");
    }

    /** The attempt that the form names, opened if need be; a form that names none opens one. */
    private Attempt attempt(Context ctx, Item item, Optional<Learner> learner) {
        String id = Optional.ofNullable(ctx.formParam("attempt"))
                .or(() -> Optional.ofNullable(ctx.queryParam("attempt")))
                .filter(given -> ATTEMPT_ID.matcher(given).matches())
                .orElseGet(attempts::newId);
        Attempt attempt = attempts.open(id, item, learner.map(Learner::id));
        if (!attempt.itemId().equals(item.id())) throw HttpProblem.badRequest("The attempt is at another item.", null);
        return attempt;
    }

    /** Answers by slot. A field's name is the slot's, or the slot's after {@code answer.}. */
    private static Map<String, String> typed(Context ctx, Item item) {
        Map<String, String> typed = new LinkedHashMap<>();
        for (Item.AskedSlot slot : item.slots()) {
            String value = ctx.formParam("answer." + slot.slot());
            if (value == null) value = ctx.formParam(slot.slot());
            if (value != null) typed.put(slot.slot(), value);
        }
        return typed;
    }

    private static Optional<String> idempotencyKey(Context ctx) {
        return Optional.ofNullable(ctx.formParam("key"))
                .filter(key -> !key.isBlank() && key.length() <= MOST_KEY_CHARACTERS);
    }

    private static String message(BadAnswers bad, Item item) {
        String labels = item.slots().stream()
                .filter(slot -> bad.problems().containsKey(slot.slot()))
                .map(Item.AskedSlot::label)
                .collect(Collectors.joining(", "));
        String first = bad.problems().values().iterator().next();
        return labels + ": " + first + ". No try was used.";
    }
}
