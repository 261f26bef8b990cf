package dev.trapframe.server.lesson;

import dev.trapframe.server.attempt.Attempt;
import dev.trapframe.server.attempt.Attempts;
import dev.trapframe.server.attempt.CloseReason;
import dev.trapframe.server.grading.Grader;
import dev.trapframe.server.grading.Verdict;
import dev.trapframe.server.item.Item;
import dev.trapframe.server.item.ItemTraces;
import dev.trapframe.server.item.Solution;
import dev.trapframe.server.item.Solution.ExpectedSlot;
import dev.trapframe.server.lesson.ItemView.RowView;
import dev.trapframe.server.lesson.PageState.RefusedForm;
import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.stepper.StepperPlace;
import dev.trapframe.server.stepper.StepperView;
import dev.trapframe.server.stepper.StepperViews;
import dev.trapframe.server.web.LearnerCookie;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Draws items as a learner may see them: nothing of the solution before the attempt is closed. */
public final class ItemViews {

    private final Attempts attempts;
    private final ItemTraces traces;
    private final LearnerCookie cookie;

    public ItemViews(Attempts attempts, ItemTraces traces, LearnerCookie cookie) {
        this.attempts = attempts;
        this.traces = traces;
        this.cookie = cookie;
    }

    /**
     * @param parameter query parameter that holds the position of the item's stepper
     * @param page      what the page is asked to show
     */
    ItemView of(Item item, String parameter, PageState page) {
        Optional<Attempt> attempt = attempt(item, page);
        Optional<RefusedForm> refused =
                page.refused().filter(form -> form.itemId().equals(item.id()));
        boolean isClosed = attempt.map(Attempt::isClosed).orElse(false);
        StepperPlace place = place(item, parameter, attempt, page);
        Solution solution = attempt.map(attempts::solutionOf).orElseGet(() -> attempts.solutionOf(item));
        Optional<Verdict> verdict =
                attempt.flatMap(Attempt::lastTry).map(made -> Grader.grade(made.answers(), solution));
        // The form names an attempt even before there is one, so that sending it twice opens one.
        String formAttempt = refused.map(RefusedForm::attemptId)
                .or(() -> attempt.map(Attempt::id))
                .orElseGet(attempts::newId);
        String address = "/lessons/" + item.lessonSlug() + "/items/" + item.id();
        return new ItemView(
                item.id(),
                item.title(),
                item.promptHtml(),
                attempt.map(Attempt::id).orElse(""),
                attempt.isEmpty() ? "new" : isClosed ? "closed" : "open",
                attempt.map(Attempt::triesAllowed).orElse(item.triesAllowed()),
                attempt.map(Attempt::triesLeft).orElse(item.triesAllowed()),
                address + "/tries?attempt=" + formAttempt,
                address + "/give-up?attempt=" + formAttempt,
                "/lessons/" + item.lessonSlug() + "?attempt=new#item-" + item.id(),
                cookie.formToken(page.learner()),
                attempts.newId(),
                refused.map(RefusedForm::message).orElseGet(() -> message(item, attempt, verdict)),
                new Rows(solution, attempt, verdict, refused, place).all(),
                verdict.map(Verdict::right).orElse(0),
                solution.slots().stream().mapToInt(ExpectedSlot::points).sum(),
                traceUrl(item, attempt),
                stepper(item, attempt, place, page));
    }

    /** The attempt that the address names, if it is one at this item; else the learner's latest. */
    private Optional<Attempt> attempt(Item item, PageState page) {
        if (page.attempt().equals(Optional.of("new"))) return Optional.empty();
        return page.attempt()
                .flatMap(attempts::find)
                .filter(attempt -> attempt.itemId().equals(item.id()))
                .or(() -> page.learner().flatMap(learner -> attempts.latest(learner.id(), item)));
    }

    private static StepperPlace place(Item item, String parameter, Optional<Attempt> attempt, PageState page) {
        Map<String, String> kept = new HashMap<>(page.query());
        kept.remove(parameter);
        attempt.ifPresent(shown -> kept.put("attempt", shown.id()));
        return new StepperPlace(
                "stepper-" + item.id(),
                item.scenario().title(),
                parameter,
                kept,
                item.scenario().start(),
                traceUrl(item, attempt),
                null);
    }

    /** The whole machine is for who has answered the item as it is now. */
    private StepperView stepper(Item item, Optional<Attempt> attempt, StepperPlace place, PageState page) {
        boolean isAnswered = attempt.filter(shown -> shown.isClosed() && attempts.isCurrent(shown, item))
                .isPresent();
        Position asked = page.position(place.parameter()).orElse(place.start());
        return StepperViews.of(isAnswered ? traces.whole(item) : traces.hidden(item), asked, place);
    }

    private static String traceUrl(Item item, Optional<Attempt> attempt) {
        return attempt.map(shown -> "/api/v1/attempts/" + shown.id() + "/trace")
                .orElse("/api/v1/items/" + item.id() + "/trace");
    }

    private String message(Item item, Optional<Attempt> attempt, Optional<Verdict> verdict) {
        if (attempt.isPresent() && !attempts.isCurrent(attempt.get(), item)) {
            return "The item has changed since you began; this is graded by what it was then.";
        }
        Optional<CloseReason> closed = attempt.flatMap(Attempt::closedBecause);
        if (closed.isPresent()) {
            return switch (closed.get()) {
                case RIGHT -> "All of it is right.";
                case OUT_OF_TRIES -> "That was the last try. Compare your answers with the run.";
                case GIVEN_UP -> "You asked for the solution.";
            };
        }
        return verdict.map(said -> said.right() + " of " + said.of() + " right. Look again at the others.")
                .orElse("");
    }

    /** The rows of one item's form, or of its comparison once the attempt is closed. */
    private record Rows(
            Solution solution,
            Optional<Attempt> attempt,
            Optional<Verdict> verdict,
            Optional<RefusedForm> refused,
            StepperPlace place) {

        List<RowView> all() {
            Map<String, String> typed = refused.map(RefusedForm::typed)
                    .or(() -> attempt.flatMap(Attempt::lastTry)
                            .map(made -> made.answers().typed()))
                    .orElse(Map.of());
            boolean isClosed = attempt.map(Attempt::isClosed).orElse(false);
            return solution.slots().stream()
                    .map(slot -> isClosed ? closed(slot, typed.get(slot.slot())) : open(slot, typed.get(slot.slot())))
                    .toList();
        }

        private String verdictOf(ExpectedSlot slot) {
            if (refused.isPresent() || verdict.isEmpty()) return "";
            return verdict.get().isRight(slot.slot()) ? "right" : "wrong";
        }

        private RowView open(ExpectedSlot slot, @Nullable String yours) {
            return new RowView(
                    slot.slot(), slot.label(), slot.points(), yours, verdictOf(slot), null, null, null, null);
        }

        private RowView closed(ExpectedSlot slot, @Nullable String yours) {
            Position proof = Position.parse(slot.proofPosition()).orElseThrow();
            return new RowView(
                    slot.slot(),
                    slot.label(),
                    slot.points(),
                    yours,
                    verdictOf(slot),
                    slot.expectedText(),
                    slot.why(),
                    place.linkTo(proof),
                    "position " + proof);
        }
    }
}
