package dev.trapframe.server.lesson;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.server.app.Http;
import dev.trapframe.server.app.RunningServer;
import dev.trapframe.server.app.TestServer;
import dev.trapframe.server.attempt.Answering;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A lesson's form, without JavaScript,")
class LessonFormTest {

    private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([0-9a-f]*)\"");
    private static final Pattern TRY_URL = Pattern.compile("action=\"(/lessons/[^\"]*/tries[^\"]*)\"");
    private static final Pattern GIVE_UP_URL = Pattern.compile("formaction=\"(/lessons/[^\"]*/give-up[^\"]*)\"");

    private static final int CLIENTS = 6;

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
    @DisplayName(
            "takes a try, sets the learner's cookie, and leads to a page that shows right and wrong and no solution")
    void takesATry() {
        HttpResponse<String> sent = submit(page(""), answering.answersWithOneWrong());

        assertThat(sent.statusCode()).isEqualTo(303);
        assertThat(location(sent))
                .matches("/lessons/page-fault-from-user-mode\\?attempt=[0-9a-f]{32}#item-fill-the-frame");
        assertThat(sent.headers().firstValue("Set-Cookie").orElse(""))
                .matches("trapframe_learner=[0-9a-f]{32}; .*")
                .contains("Path=/", "HttpOnly", "SameSite=Lax")
                .doesNotContain("Secure");
        HttpResponse<String> shown = http.get(location(sent));
        assertThat(shown.body()).contains("5 of 6 right", "wrong", "2 of 3 tries left");
        assertThat(shown.body()).doesNotContain("The selector that was in SS", "position 5.");
        assertThat(shown.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    @DisplayName("sent twice takes one try")
    void takesATryOnce() {
        String page = page("");
        Map<String, String> fields = new HashMap<>(answering.answersWithOneWrong());
        fields.put("key", "same");

        HttpResponse<String> first = http.postForm(find(TRY_URL, page), fields);
        HttpResponse<String> second = http.postForm(find(TRY_URL, page), fields);

        assertThat(location(second)).isEqualTo(location(first));
        assertThat(http.get(location(first)).body()).contains("2 of 3 tries left");
    }

    @Test
    @DisplayName("sent by several at the same time takes one try, too")
    void takesATryOnceUnderConcurrency() throws InterruptedException, ExecutionException {
        Map<String, String> fields = new HashMap<>(answering.answersWithOneWrong());
        fields.put("key", "same");
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            for (int round = 0; round < 5; round++) {
                String url = find(TRY_URL, page(""));
                List<Future<HttpResponse<String>>> sent = new ArrayList<>();
                for (int client = 0; client < CLIENTS; client++)
                    sent.add(clients.submit(() -> http.postForm(url, fields)));
                for (Future<HttpResponse<String>> response : sent) {
                    assertThat(response.get().statusCode()).isEqualTo(303);
                    assertThat(http.get(location(response.get())).body()).contains("2 of 3 tries left");
                }
            }
        } finally {
            clients.shutdown();
        }
    }

    @Test
    @DisplayName("shows the comparison with proof links once all is right")
    void comparesWhenClosed() {
        HttpResponse<String> sent = submit(page(""), answering.rightAnswers());

        String shown = http.get(location(sent)).body();
        assertThat(shown).contains("The selector that was in SS", "All of it is right.");
        assertThat(shown)
                .containsPattern(
                        "href=\"\\?attempt=[0-9a-f]{32}&amp;item-step=[0-9]+\\.[0-9]+#stepper-fill-the-frame\"");
    }

    @Test
    @DisplayName("shows what was typed and what is accepted if an answer is no number, and uses up no try")
    void showsWhatWasTyped() {
        Map<String, String> answers = new LinkedHashMap<>(answering.rightAnswers());
        answers.put("frame.ss", "\"><script>alert(1)</script>\u0001");

        HttpResponse<String> refused = submit(page(""), answers);

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body())
                .contains("SS: this is not a number", "No try was used", "&lt;script&gt;alert(1)", "3 of 3 tries left")
                .doesNotContain("<script>alert(1)", "The selector that was in SS");
        assertThat(refused.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    @DisplayName("gives up, and the page shows the solution")
    void givesUp() {
        HttpResponse<String> sent = http.postForm(find(GIVE_UP_URL, page("")), Map.of());

        assertThat(sent.statusCode()).isEqualTo(303);
        assertThat(sent.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(http.get(location(sent)).body())
                .contains("You asked for the solution.", "The selector that was in SS");
    }

    @Test
    @DisplayName("finds the learner's latest attempt by the cookie")
    void findsTheLatestAttempt() {
        HttpResponse<String> sent = submit(page(""), answering.answersWithOneWrong());

        assertThat(page(cookieOf(sent))).contains("2 of 3 tries left");
        assertThat(page("trapframe_learner=" + "0".repeat(32))).contains("3 of 3 tries left");
        assertThat(page("trapframe_learner=<script>")).contains("3 of 3 tries left");
    }

    @ParameterizedTest(name = "token {0}, Sec-Fetch-Site {1}, Origin {2}: {3}")
    @CsvSource(
            nullValues = "-",
            value = {
                "own,same-origin,-,303",
                "own,-,own,303",
                "own,-,-,303",
                "own,none,-,303",
                "own,cross-site,-,403",
                "own,same-site,-,403",
                "own,-,https://evil.example,403",
                "own,-,null,403",
                "own,same-origin,https://evil.example,403",
                "-,same-origin,own,403",
                "other,same-origin,own,403",
                "wrong,same-origin,own,403",
                "-,cross-site,https://evil.example,403"
            })
    @DisplayName("of a learner with a cookie is taken only with the learner's token and from our own page")
    void isProtected(String token, String fetchSite, String origin, int status) {
        HttpResponse<String> first = submit(page(""), answering.answersWithOneWrong());
        String page = page(cookieOf(first));
        Map<String, String> fields = new HashMap<>(answering.answersWithOneWrong());
        if (token != null) fields.put("csrf", token(token, page));

        HttpResponse<String> second =
                http.postForm(find(TRY_URL, page), fields, headers(cookieOf(first), fetchSite, origin));

        assertThat(second.statusCode()).isEqualTo(status);
        String triesLeft = status == 303 ? "1 of 3 tries left" : "2 of 3 tries left";
        assertThat(page(cookieOf(first))).contains(triesLeft);
        assertThat(second.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @ParameterizedTest(name = "Sec-Fetch-Site {0}, Origin {1}: cookie {2}")
    @CsvSource(
            nullValues = "-",
            value = {
                "same-origin,own,true",
                "-,-,true",
                "cross-site,https://evil.example,false",
                "-,null,false",
                "same-site,-,false"
            })
    @DisplayName("of somebody without a cookie needs no token, but another site's page cannot set the cookie")
    void needsNoTokenWithoutACookie(String fetchSite, String origin, boolean setsCookie) {
        HttpResponse<String> sent =
                http.postForm(find(TRY_URL, page("")), answering.answersWithOneWrong(), headers("", fetchSite, origin));

        assertThat(sent.statusCode()).isEqualTo(303);
        assertThat(sent.headers().firstValue("Set-Cookie").isPresent()).isEqualTo(setsCookie);
    }

    @Test
    @DisplayName("and the API take a cookie into account only with the token, which comes with the cookie")
    void tiesApiAttemptsToTheLearner() {
        HttpResponse<String> first = answering.submit(answering.open(), answering.answersWithOneWrong());
        String cookie = cookieOf(first);
        String token = first.headers().firstValue("X-CSRF-Token").orElse("");
        assertThat(page(cookie)).contains("2 of 3 tries left");

        HttpResponse<String> nobodys = http.post("/api/v1/items/fill-the-frame/attempts", "", "Cookie", cookie);
        assertThat(nobodys.statusCode()).isEqualTo(201);
        assertThat(page(cookie)).contains("2 of 3 tries left");

        HttpResponse<String> forged = http.post(
                "/api/v1/items/fill-the-frame/attempts", "", "Cookie", cookie, "X-CSRF-Token", "0".repeat(64));
        assertThat(forged.statusCode()).isEqualTo(403);

        HttpResponse<String> own =
                http.post("/api/v1/items/fill-the-frame/attempts", "", "Cookie", cookie, "X-CSRF-Token", token);
        assertThat(own.statusCode()).isEqualTo(201);
        assertThat(page(cookie)).contains("3 of 3 tries left");
    }

    @Test
    @DisplayName("moves the steppers by links that keep where the others stand")
    void stepsByLinks() {
        String page = http.get(Answering.LESSON + "?step=4.3&item-step=2").body();

        assertThat(page)
                .contains(
                        "item-step=2&amp;step=4.4#stepper-page-fault",
                        "item-step=3&amp;step=4.3#stepper-fill-the-frame");
        assertThat(http.get(Answering.LESSON + "?step=%3Cscript%3E&attempt=..").statusCode())
                .isEqualTo(200);
    }

    private static String page(String cookie) {
        return cookie.isEmpty()
                ? http.get(Answering.LESSON).body()
                : http.get(Answering.LESSON, "Cookie", cookie).body();
    }

    private static HttpResponse<String> submit(String page, Map<String, String> answers) {
        return http.postForm(find(TRY_URL, page), answers);
    }

    private static String[] headers(String cookie, String fetchSite, String origin) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Accept", "text/html");
        if (!cookie.isEmpty()) headers.put("Cookie", cookie);
        if (fetchSite != null) headers.put("Sec-Fetch-Site", fetchSite);
        if (origin != null) headers.put("Origin", origin.equals("own") ? "http://127.0.0.1:" + server.port() : origin);
        return headers.entrySet().stream()
                .flatMap(header -> Stream.of(header.getKey(), header.getValue()))
                .toArray(String[]::new);
    }

    private static String token(String kind, String page) {
        return switch (kind) {
            case "own" -> find(CSRF, page);
            case "other" -> find(CSRF, page(cookieOf(submit(page(""), answering.answersWithOneWrong()))));
            default -> "f".repeat(64);
        };
    }

    private static String cookieOf(HttpResponse<String> response) {
        return response.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
    }

    private static String location(HttpResponse<String> response) {
        return response.headers().firstValue("Location").orElseThrow(() -> new AssertionError(response.body()));
    }

    private static String find(Pattern pattern, String page) {
        Matcher matcher = pattern.matcher(page);
        if (!matcher.find()) throw new AssertionError(pattern + " is not on the page");
        return matcher.group(1).replace("&amp;", "&");
    }
}
