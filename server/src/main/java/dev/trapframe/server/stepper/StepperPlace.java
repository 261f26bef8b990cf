package dev.trapframe.server.stepper;

import dev.trapframe.server.scenario.Position;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a stepper stands on a page, and from where the page fetches its trace.
 *
 * @param id        of its element, which links jump to
 * @param title     shown above it
 * @param parameter the query parameter that holds its position: {@code step}, or {@code item-step} for an item's
 * @param kept      the page's other query parameters, which its links carry on
 * @param start     where it stands if the address names no position
 * @param traceUrl  address of the trace; null if it has none
 * @param recipe    the canonical recipe as JSON, to post where the server no longer knows the trace; null if hidden
 */
public record StepperPlace(
        String id,
        String title,
        String parameter,
        Map<String, String> kept,
        Position start,
        @Nullable String traceUrl,
        @Nullable String recipe) {

    public StepperPlace {
        kept = Map.copyOf(kept);
    }

    /** The same page with this stepper at a position: {@code ?step=12.5#stepper}. */
    public String linkTo(Position position) {
        Map<String, String> query = new LinkedHashMap<>(kept);
        query.put(parameter, position.toString());
        return query.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> encoded(entry.getKey()) + "=" + encoded(entry.getValue()))
                .collect(Collectors.joining("&", "?", "#" + id));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
