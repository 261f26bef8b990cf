package dev.trapframe.server.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trapframe.server.app.Http;
import dev.trapframe.server.app.RunningServer;
import dev.trapframe.server.app.TestServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An attempt by API")
class AttemptApiTest {

    private static final int CLIENTS = 8;

    @TempDir
    static Path data;

    private static RunningServer server;
    private static Http http;
    private static Answering answering;

    @BeforeAll
    static void start() {
        server = TestServer.start(data);
        http = new Http(server.port());
        answering = new Answering(http);
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @Test
    @DisplayName("opens with 201, an opaque id and what is asked, and nothing of the solution")
    void opens() {
        HttpResponse<String> response = http.post("/api/v1/items/fill-the-frame/attempts", "");

        JsonNode attempt = Http.json(response);
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.headers().firstValue("Location"))
                .hasValue("/api/v1/attempts/" + attempt.path("attempt").asText());
        assertThat(response.headers().firstValue("Cache-Control")).hasValue("private, no-store");
        assertThat(attempt.path("attempt").asText()).matches("[0-9a-f]{32}");
        assertThat(attempt.path("item").asText()).isEqualTo("fill-the-frame");
        assertThat(attempt.path("triesAllowed").asInt()).isEqualTo(3);
        assertThat(attempt.path("triesLeft").asInt()).isEqualTo(3);
        assertThat(attempt.path("state").asText()).isEqualTo("open");
        assertThat(attempt.path("slots"))
                .extracting(slot -> slot.path("slot").asText())
                .containsExactly("frame.ss", "frame.rsp", "frame.rflags", "frame.cs", "frame.rip", "frame.error_code");
        assertThat(attempt.has("comparison")).isFalse();
    }

    @Test
    @DisplayName("tells of a wrong try which slots are right, and nothing more")
    void tellsRightOrWrong() {
        String attempt = answering.open();

        HttpResponse<String> response = answering.submit(attempt, answering.answersWithOneWrong());

        JsonNode verdict = Http.json(response);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(verdict.path("try").asInt()).isEqualTo(1);
        assertThat(verdict.path("slots").path("frame.ss").path("right").asBoolean())
                .isFalse();
        assertThat(verdict.path("slots").path("frame.cs").path("right").asBoolean())
                .isTrue();
        assertThat(verdict.path("right").asInt()).isEqualTo(5);
        assertThat(verdict.path("of").asInt()).isEqualTo(6);
        assertThat(verdict.path("triesLeft").asInt()).isEqualTo(2);
        assertThat(verdict.path("state").asText()).isEqualTo("open");
        assertThat(verdict.properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder("try", "slots", "right", "of", "triesLeft", "state");
        assertThat(answering.show(attempt).has("comparison")).isFalse();
    }

    @Test
    @DisplayName("closes when all is right, and then compares with the solution and the step that proves it")
    void closesWhenRight() {
        String attempt = answering.open();

        JsonNode verdict = Http.json(answering.submit(attempt, answering.rightAnswers()));

        assertThat(verdict.path("state").asText()).isEqualTo("closed");
        assertThat(verdict.path("closedBecause").asText()).isEqualTo("right");
        JsonNode first = verdict.path("comparison").path(0);
        assertThat(first.path("slot").asText()).isEqualTo("frame.ss");
        assertThat(first.path("yours").asText())
                .isEqualTo(first.path("expected").asText());
        assertThat(first.path("right").asBoolean()).isTrue();
        assertThat(first.path("why").asText()).isNotBlank();
        assertThat(first.path("proof").path("position").asText()).matches("[0-9]+\\.[0-9]+");
        assertThat(answering.show(attempt).path("comparison")).isEqualTo(verdict.path("comparison"));
    }

    @Test
    @DisplayName("closes after the last try, and takes no more")
    void closesOutOfTries() {
        String attempt = answering.open();
        Map<String, String> wrong = answering.answersWithOneWrong();
        answering.submit(attempt, wrong);
        answering.submit(attempt, wrong);

        JsonNode last = Http.json(answering.submit(attempt, wrong));
        HttpResponse<String> afterwards = answering.submit(attempt, answering.rightAnswers());

        assertThat(last.path("closedBecause").asText()).isEqualTo("out-of-tries");
        assertThat(last.path("comparison")).hasSize(6);
        assertThat(afterwards.statusCode()).isEqualTo(409);
        assertThat(answering.show(attempt).path("tries")).hasSize(3);
    }

    @Test
    @DisplayName("closes when given up; giving up again changes nothing")
    void closesWhenGivenUp() {
        String attempt = answering.open();

        JsonNode closed = Http.json(http.post("/api/v1/attempts/" + attempt + "/give-up", ""));
        JsonNode again = Http.json(http.post("/api/v1/attempts/" + attempt + "/give-up", ""));

        assertThat(closed.path("closedBecause").asText()).isEqualTo("given-up");
        assertThat(closed.path("comparison").path(0).has("yours")).isFalse();
        assertThat(again).isEqualTo(closed);
    }

    @ParameterizedTest(name = "{0} for SS")
    @CsvSource(
            delimiter = '|',
            value = {
                "'two'|/answers/frame.ss",
                "''|/answers/frame.ss",
                "'0x1_0000_0000_0000_0000'|/answers/frame.ss",
                "'-1'|/answers/frame.ss",
                "'<b>43</b>'|/answers/frame.ss",
                "'=HYPERLINK(1)'|/answers/frame.ss"
            })
    @DisplayName("uses up no try for an answer that is no number")
    void refusesWhatIsNoNumber(String answer, String pointer) {
        String attempt = answering.open();
        Map<String, String> answers = new LinkedHashMap<>(answering.rightAnswers());
        answers.put("frame.ss", answer);

        HttpResponse<String> response = answering.submit(attempt, answers);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(Http.json(response).path("pointer").asText()).isEqualTo(pointer);
        assertThat(Http.json(response).path("detail").asText()).contains("0x2b");
        assertThat(answering.show(attempt).path("triesLeft").asInt()).isEqualTo(3);
    }

    @Test
    @DisplayName("uses up no try for a slot that is missing or not asked")
    void refusesOtherSlots() {
        String attempt = answering.open();
        Map<String, String> missing = new LinkedHashMap<>(answering.rightAnswers());
        missing.remove("frame.rip");
        Map<String, String> unknown = new LinkedHashMap<>(answering.rightAnswers());
        unknown.put("frame.r/15", "0");

        assertThat(Http.json(answering.submit(attempt, missing)).path("pointer").asText())
                .isEqualTo("/answers/frame.rip");
        assertThat(Http.json(answering.submit(attempt, unknown)).path("pointer").asText())
                .isEqualTo("/answers/frame.r~115");
        assertThat(answering.show(attempt).path("triesLeft").asInt()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "7",
                "{}",
                "{\"answers\": []}",
                "{\"answers\": {\"frame.ss\": 43}}",
                "{\"answers\": {}, \"more\": 1}",
                "{\"answers\": {\"frame.ss\": \"1\", \"frame.ss\": \"2\"}}",
                "{\"answers\": {}} trailing",
                "\u0000\u0001"
            })
    @DisplayName("uses up no try for a body that is not what was asked for")
    void refusesOtherBodies(String body) {
        String attempt = answering.open();

        HttpResponse<String> response = http.post("/api/v1/attempts/" + attempt + "/tries", body);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Http.json(response).path("detail").asText()).contains("expected");
        assertThat(answering.show(attempt).path("triesLeft").asInt()).isEqualTo(3);
    }

    @Test
    @DisplayName("is 413 for an answer of a megabyte, and a large one below the limit is kept out of the problem")
    void refusesHugeAnswers() {
        String attempt = answering.open();
        Map<String, String> answers = new LinkedHashMap<>(answering.rightAnswers());

        answers.put("frame.ss", "7".repeat(1_000_000));
        assertThat(answering.submit(attempt, answers).statusCode()).isEqualTo(413);
        answers.put("frame.ss", "7".repeat(200_000));
        HttpResponse<String> response = answering.submit(attempt, answers);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).hasSizeLessThan(1_000);
    }

    @Test
    @DisplayName("gives the same answer to a try sent twice with one key, and takes one try")
    void isIdempotent() {
        String attempt = answering.open();
        Map<String, String> wrong = answering.answersWithOneWrong();

        HttpResponse<String> first = answering.submit(attempt, wrong, "Idempotency-Key", "one");
        answering.submit(attempt, wrong, "Idempotency-Key", "two");
        HttpResponse<String> again = answering.submit(attempt, wrong, "Idempotency-Key", "one");
        HttpResponse<String> other = answering.submit(attempt, answering.rightAnswers(), "Idempotency-Key", "one");

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(answering.show(attempt).path("triesLeft").asInt()).isEqualTo(1);
    }

    @Test
    @DisplayName("gives the closing answer again to the key that closed it")
    void isIdempotentWhenClosed() {
        String attempt = answering.open();
        Map<String, String> right = answering.rightAnswers();

        HttpResponse<String> first = answering.submit(attempt, right, "Idempotency-Key", "k");

        assertThat(answering.submit(attempt, right, "Idempotency-Key", "k").body())
                .isEqualTo(first.body());
        assertThat(answering.submit(attempt, right, "Idempotency-Key", "l").statusCode())
                .isEqualTo(409);
    }

    @Test
    @DisplayName("never takes more tries than it allows, however many clients send the last one at once")
    void keepsTheLimitUnderConcurrency() throws InterruptedException, ExecutionException {
        Map<String, String> wrong = answering.answersWithOneWrong();
        for (int round = 0; round < 5; round++) {
            String attempt = answering.open();
            answering.submit(attempt, wrong);
            answering.submit(attempt, wrong);

            List<Integer> statuses = atOnce(attempt, wrong);

            assertThat(statuses).containsOnly(200, 409).containsOnlyOnce(200);
            assertThat(answering.show(attempt).path("tries")).hasSize(3);
        }
    }

    private static List<Integer> atOnce(String attempt, Map<String, String> answers)
            throws InterruptedException, ExecutionException {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<Integer>> sent = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                sent.add(clients.submit(() -> answering.submit(attempt, answers).statusCode()));
            }
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> status : sent) statuses.add(status.get());
            return statuses;
        } finally {
            clients.shutdown();
        }
    }

    @Test
    @DisplayName("has a trace with what is asked hidden while it is open, and whole once it is closed")
    void hidesTheTrace() {
        String attempt = answering.open();

        HttpResponse<String> open = http.get("/api/v1/attempts/" + attempt + "/trace");
        HttpResponse<String> nobodys = http.get("/api/v1/items/fill-the-frame/trace");
        answering.submit(attempt, answering.rightAnswers());
        HttpResponse<String> closed = http.get("/api/v1/attempts/" + attempt + "/trace");

        assertThat(open.headers().firstValue("Cache-Control")).hasValue("private, no-store");
        assertThat(Http.json(open).path("hidden").path("slots"))
                .extracting(JsonNode::asText)
                .contains("frame.ss", "frame.error_code");
        assertThat(Http.json(open).has("recipeId")).isFalse();
        assertThat(nobodys.body()).isEqualTo(open.body());
        assertThat(Http.json(closed).has("hidden")).isFalse();
        assertThat(Http.json(closed).path("recipeId").asText()).hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "00000000000000000000000000000000", "%3Cscript%3E"})
    @DisplayName("that nobody opened is 404")
    void isUnknown(String id) {
        assertThat(http.get("/api/v1/attempts/" + id).statusCode()).isEqualTo(404);
        assertThat(http.get("/api/v1/attempts/" + id + "/trace").statusCode()).isEqualTo(404);
        assertThat(http.post("/api/v1/attempts/" + id + "/tries", "{}").statusCode())
                .isEqualTo(404);
        assertThat(http.post("/api/v1/attempts/" + id + "/give-up", "").statusCode())
                .isEqualTo(404);
    }

    @Test
    @DisplayName("survives a restart of the server")
    void survivesARestart(@TempDir Path ownData) {
        String attempt;
        JsonNode before;
        try (RunningServer first = TestServer.start(ownData)) {
            Answering there = new Answering(new Http(first.port()));
            attempt = there.open();
            there.submit(attempt, there.answersWithOneWrong());
            before = there.show(attempt);
        }
        try (RunningServer second = TestServer.start(ownData)) {
            assertThat(new Answering(new Http(second.port())).show(attempt)).isEqualTo(before);
        }
    }
}
