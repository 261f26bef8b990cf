package dev.trapframe.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.emulator.Machine;
import dev.trapframe.server.scenario.RecipeReader;
import io.javalin.Javalin;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The trace API")
class TraceRoutesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RECIPE = "{\"program\":{\"name\":\"page-fault\"},\"limits\":{\"steps\":30}}";

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static TraceService service;
    private static Javalin server;

    @BeforeAll
    static void start() {
        service = TestTraces.service(TestTraces.LIBRARY);
        RecipeReader recipes = new RecipeReader(TestTraces.LIBRARY, TestTraces.STRUCTS.names());
        TraceRoutes routes = new TraceRoutes(service, recipes, TestTraces.COMPOSER);
        server = Javalin.create(config -> {
                    config.startup.showJavalinBanner = false;
                    routes.register(config.routes);
                })
                .start("127.0.0.1", 0);
    }

    @AfterAll
    static void stop() {
        server.stop();
        service.close();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    @DisplayName("runs a posted recipe and says where its trace stays")
    void runsRecipes() throws Exception {
        HttpResponse<String> response = post("/api/v1/traces", RECIPE);
        JsonNode trace = JSON.readTree(response.body());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Type")).startsWith("application/json");
        assertThat(header(response, "Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(response.headers().firstValue("Access-Control-Allow-Credentials"))
                .isEmpty();
        assertThat(header(response, "Content-Location"))
                .isEqualTo("/api/v1/traces/" + trace.get("recipeId").textValue() + "/" + Machine.REVISION);
        assertThat(trace.get("steps").size()).isEqualTo(30);
    }

    @Test
    @DisplayName("answers a known trace as immutable, with an ETag, and 304 to who has it")
    void answersImmutableTraces() throws Exception {
        HttpResponse<String> posted = post("/api/v1/traces", RECIPE);
        String address = header(posted, "Content-Location");
        HttpResponse<String> response = send(request(address));
        HttpResponse<String> again = send(request(address).header("If-None-Match", header(response, "ETag")));

        assertThat(response.body()).isEqualTo(posted.body());
        assertThat(header(response, "Cache-Control")).contains("immutable");
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    @DisplayName("redirects to today's revision, query and all; another revision is not to be had")
    void redirects() throws Exception {
        String id = JSON.readTree(post("/api/v1/traces", RECIPE).body())
                .get("recipeId")
                .textValue();
        HttpResponse<String> response = send(request("/api/v1/traces/" + id + "?from=2&count=3"));
        HttpResponse<String> other = send(request("/api/v1/traces/" + id + "/999"));

        assertThat(response.statusCode()).isEqualTo(307);
        assertThat(header(response, "Location"))
                .isEqualTo("/api/v1/traces/" + id + "/" + Machine.REVISION + "?from=2&count=3");
        assertThat(JSON.readTree(send(request(header(response, "Location"))).body())
                        .at("/steps/0/index")
                        .intValue())
                .isEqualTo(2);
        assertThat(other.statusCode()).isEqualTo(404);
        assertThat(JSON.readTree(other.body()).get("type").textValue()).isEqualTo("other-revision");
    }

    @ParameterizedTest
    @CsvSource({"/api/v1/traces/00", "/api/v1/traces/00/1"})
    @DisplayName("asks for the recipe again if it does not know the id")
    void asksForTheRecipe(String path) throws Exception {
        HttpResponse<String> response = send(request(path));

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(header(response, "Content-Type")).startsWith("application/problem+json");
        assertThat(JSON.readTree(response.body()).get("type").textValue()).isEqualTo("repost-recipe");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "{'program': {'name': 'page-fault'}, 'events': [{'at': 1, 'kind': 'interrupt', 'vector': 300}]} | 400 | bad-recipe | /events/0/vector",
                "not json                                                                                       | 400 | bad-recipe | ",
                "{'program': {'name': 'nix'}}                                                                   | 400 | bad-recipe | /program/name",
                "{'program': {'name': 'page-fault', 'sha256': '00'}}                                            | 409 | program-changed | /program/sha256"
            })
    @DisplayName("answers a bad recipe with a problem that points to the field")
    void pointsToTheField(String recipe, int status, String type, String pointer) throws Exception {
        HttpResponse<String> response = post("/api/v1/traces", recipe.replace('\'', '"'));
        JsonNode problem = JSON.readTree(response.body());

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(header(response, "Content-Type")).startsWith("application/problem+json");
        assertThat(problem.get("type").textValue()).isEqualTo(type);
        assertThat(problem.get("status").intValue()).isEqualTo(status);
        assertThat(problem.get("pointer").textValue()).isEqualTo(pointer == null ? "" : pointer);
        assertThat(problem.get("detail").textValue()).isNotBlank();
    }

    @Test
    @DisplayName("refuses a body that is too long, and a chunk that is no number")
    void boundsRequests() throws Exception {
        assertThat(post("/api/v1/traces", RECIPE + " ".repeat(TraceRoutes.MAX_BODY_BYTES))
                        .statusCode())
                .isEqualTo(413);
        for (String query : new String[] {"from=-1", "from=x", "count=99999999999", "count=20001"}) {
            HttpResponse<String> response = post("/api/v1/traces?" + query, RECIPE);
            assertThat(response.statusCode()).as(query).isEqualTo(400);
            assertThat(response.body()).contains("takes a number from 0 to 20000");
        }
    }

    @Test
    @DisplayName("lets a page of any origin ask first")
    void answersPreflights() throws Exception {
        HttpResponse<String> response =
                send(request("/api/v1/traces").method("OPTIONS", HttpRequest.BodyPublishers.noBody()));

        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(header(response, "Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(header(response, "Access-Control-Allow-Headers")).isEqualTo("Content-Type");
    }
}
