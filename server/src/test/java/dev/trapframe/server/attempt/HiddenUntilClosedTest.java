package dev.trapframe.server.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trapframe.server.app.Http;
import dev.trapframe.server.app.RunningServer;
import dev.trapframe.server.app.TestServer;
import dev.trapframe.server.app.TestTree;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Canaries: texts that the solution alone holds, and a value that nothing but the asked slot shows. They are searched for in all that
 * is sent before the attempt is closed.
 */
@DisplayName("Before an attempt is closed")
class HiddenUntilClosedTest {

    private static final String LESSON = "lessons/010-page-fault-from-user-mode/lesson.md";

    @Test
    @DisplayName("no answer, page, error or trace tells what the solution says, nor the value that a slot alone holds")
    void nothingTellsTheSolution(@TempDir Path folder) {
        TestTree tree = new TestTree(folder.resolve("tree"));
        tree.write(LESSON, tree.read(LESSON).replaceAll("(?m)^    why: .*$", "    why: canary-why"));
        try (RunningServer server =
                TestServer.start(TestServer.config(folder.resolve("data"), tree.root(), Optional.empty()))) {
            Http http = new Http(server.port());
            Answering answering = new Answering(http);
            Map<String, String> right = answering.rightAnswers();

            List<String> sent = everythingSentBeforeTheClose(http, answering, right);

            assertThat(sent)
                    .hasSizeGreaterThan(10)
                    .allSatisfy(text -> assertThat(text)
                            .doesNotContain("canary-why", "\"expected\"", "\"proof\"", "comparison\":"));
            // RFLAGS with RF set stands nowhere but in the pushed image, so its digits tell the slot.
            String inTraces = right.get("frame.rflags");
            String onPages = "00000000_000" + inTraces.substring(2);
            assertThat(inTraces).hasSize("0x10202".length());
            assertThat(sent).allSatisfy(text -> assertThat(text).doesNotContain(inTraces, onPages));

            String closed = answering.open();
            String proof = Http.json(http.post("/api/v1/attempts/" + closed + "/give-up", ""))
                    .at("/comparison/2/proof/position")
                    .asText();
            assertThat(http.get("/api/v1/attempts/" + closed + "/trace").body()).contains(inTraces);
            assertThat(itemOf(http.get(Answering.LESSON + "?attempt=" + closed + "&item-step=" + proof)
                            .body()))
                    .contains(inTraces, onPages);
        }
    }

    private static List<String> everythingSentBeforeTheClose(
            Http http, Answering answering, Map<String, String> right) {
        List<String> sent = new ArrayList<>();
        String attempt = answering.open();
        Map<String, String> wrong = answering.answersWithOneWrong();
        Map<String, String> unreadable = new LinkedHashMap<>(right);
        unreadable.put("frame.ss", "no number");
        wrong.put("frame.rflags", "0x1"); // what a learner types is shown again: it must not be the canary
        unreadable.put("frame.rflags", "0x1");
        sent.add(answering.submit(attempt, wrong, "Idempotency-Key", "k").body());
        sent.add(answering.submit(attempt, wrong, "Idempotency-Key", "k").body());
        sent.add(answering.submit(attempt, right, "Idempotency-Key", "k").body());
        sent.add(answering.submit(attempt, unreadable).body());
        sent.add(answering.submit(attempt, Map.of()).body());
        sent.add(http.get("/api/v1/attempts/" + attempt).body());
        sent.add(http.get("/api/v1/attempts/" + attempt + "/trace").body());
        sent.add(http.get("/api/v1/items/" + Answering.ITEM + "/trace").body());
        sent.add(http.postForm(Answering.LESSON + "/items/" + Answering.ITEM + "/tries?attempt=" + attempt, unreadable)
                .body());
        int steps = stepCount(http, attempt);
        for (int step = 0; step <= steps + 1; step++) {
            sent.add(itemOf(http.get(Answering.LESSON + "?attempt=" + attempt + "&item-step=" + step)
                    .body()));
        }
        return sent;
    }

    private static int stepCount(Http http, String attempt) {
        JsonNode trace = Http.json(http.get("/api/v1/attempts/" + attempt + "/trace"));
        return trace.path("stepCount").asInt();
    }

    /** The page from the item on: the stepper above it shows another machine. */
    private static String itemOf(String page) {
        int item = page.indexOf("id=\"item-" + Answering.ITEM + "\"");
        assertThat(item).as("the item is on the page").isPositive();
        return page.substring(item);
    }
}
