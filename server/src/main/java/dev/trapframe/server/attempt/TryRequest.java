package dev.trapframe.server.attempt;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trapframe.server.web.HttpProblem;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the body of a try: {@code {"answers": {"frame.ss": "0x2b"}}}. */
final class TryRequest {

    private static final String EXPECTED = "expected {\"answers\": {\"slot\": \"0x2b\", …}}";

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private TryRequest() {}

    /**
     * Slot to what was typed.
     *
     * @throws HttpProblem 400 with a pointer to what is wrong
     */
    static Map<String, String> answers(String body) {
        JsonNode root = parse(body);
        if (!root.isObject()) throw HttpProblem.badRequest(EXPECTED, "");
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (!field.getKey().equals("answers")) {
                throw HttpProblem.badRequest("unknown field; " + EXPECTED, pointer("", field.getKey()));
            }
        }
        JsonNode answers = root.path("answers");
        if (!answers.isObject()) throw HttpProblem.badRequest(EXPECTED, "/answers");
        Map<String, String> typed = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> answer : answers.properties()) {
            if (!answer.getValue().isTextual()) {
                throw HttpProblem.badRequest("expected a text such as \"0x2b\"", pointer("/answers", answer.getKey()));
            }
            typed.put(answer.getKey(), answer.getValue().textValue());
        }
        return typed;
    }

    /** JSON pointer (RFC 6901) to a member; to its parent if the member's name is too long to be one of ours. */
    static String pointer(String parent, String member) {
        if (member.length() > 100) return parent;
        return parent + "/" + member.replace("~", "~0").replace("/", "~1");
    }

    private static JsonNode parse(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw HttpProblem.badRequest("the body is not JSON" + where + "; " + EXPECTED, "");
        }
    }
}
