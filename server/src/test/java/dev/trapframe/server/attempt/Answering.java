package dev.trapframe.server.attempt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trapframe.server.app.Http;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** A client that answers the item of the first lesson. It learns the right answers as anyone may: by giving up an attempt. */
public final class Answering {

    public static final String LESSON = "/lessons/page-fault-from-user-mode";
    public static final String ITEM = "fill-the-frame";
    public static final int TRIES = 3;

    private final Http http;

    public Answering(Http http) {
        this.http = http;
    }

    /** Opens an attempt and gives back its id. */
    public String open() {
        HttpResponse<String> response = http.post("/api/v1/items/" + ITEM + "/attempts", "");
        if (response.statusCode() != 201) throw new AssertionError(response.statusCode() + " " + response.body());
        return Http.json(response).path("attempt").asText();
    }

    /** Slot to its right answer, in the order of the item. */
    public Map<String, String> rightAnswers() {
        JsonNode closed = Http.json(http.post("/api/v1/attempts/" + open() + "/give-up", ""));
        Map<String, String> right = new LinkedHashMap<>();
        for (JsonNode row : closed.path("comparison")) {
            right.put(row.path("slot").asText(), row.path("expected").asText());
        }
        if (right.isEmpty()) throw new AssertionError("a given-up attempt shows the solution: " + closed);
        return right;
    }

    /** The right answers but for the first, which is one too high. */
    public Map<String, String> answersWithOneWrong() {
        Map<String, String> answers = new LinkedHashMap<>(rightAnswers());
        Map.Entry<String, String> first = answers.entrySet().iterator().next();
        answers.put(first.getKey(), "0x" + Long.toHexString(Long.decode(first.getValue()) + 1));
        return answers;
    }

    public HttpResponse<String> submit(String attempt, Map<String, String> answers, String... headers) {
        return http.post("/api/v1/attempts/" + attempt + "/tries", body(answers), headers);
    }

    public JsonNode show(String attempt) {
        return Http.json(http.get("/api/v1/attempts/" + attempt));
    }

    /** The body of a try. */
    public static String body(Map<String, String> answers) {
        return "{\"answers\": " + json(answers) + "}";
    }

    /** Slot to answer, as JSON; none of them must need an escape. */
    public static String json(Map<String, String> answers) {
        StringJoiner fields = new StringJoiner(", ", "{", "}");
        answers.forEach((slot, answer) -> fields.add("\"" + slot + "\": \"" + answer + "\""));
        return fields.toString();
    }
}
