package dev.trapframe.server.lesson;

import dev.trapframe.server.stepper.StepperView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code templates/fragments/item.html} shows of one item.
 *
 * @param promptHtml safe to send
 * @param attempt    id of the attempt shown; empty while there is none
 * @param state      {@code new}, {@code open} or {@code closed}
 * @param tryUrl     where the form posts answers
 * @param giveUpUrl  where it posts giving up
 * @param againUrl   the page with a new attempt
 * @param csrf       token for the form; empty for who has no cookie
 * @param key        idempotency key of the next try
 * @param message    what became of the last try; may be empty
 * @param right      points earned by the last try
 * @param of         points to earn
 * @param traceUrl   where the item's trace is, as much of it as may be seen
 */
public record ItemView(
        String id,
        String title,
        String promptHtml,
        String attempt,
        String state,
        int triesAllowed,
        int triesLeft,
        String tryUrl,
        String giveUpUrl,
        String againUrl,
        String csrf,
        String key,
        String message,
        List<RowView> rows,
        int right,
        int of,
        String traceUrl,
        StepperView stepper) {

    /**
     * One slot that is asked. What the solution says is null until the attempt is closed.
     *
     * @param yours     as typed; null if never answered
     * @param verdict   {@code right}, {@code wrong} or empty
     * @param proofHref link that moves the item's stepper to the step that proves the value
     */
    public record RowView(
            String slot,
            String label,
            int points,
            @Nullable String yours,
            String verdict,
            @Nullable String expected,
            @Nullable String why,
            @Nullable String proofHref,
            @Nullable String proofText) {}
}
