package dev.trapframe.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.server.app.Http;
import dev.trapframe.server.app.RunningServer;
import dev.trapframe.server.app.TestServer;
import dev.trapframe.server.app.TestTree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Every response")
class WebBaseTest {

    @TempDir
    static Path folder;

    private static RunningServer server;
    private static Http http;

    @BeforeAll
    static void start() {
        TestTree tree = new TestTree(folder.resolve("tree"))
                .track("plain")
                .plainLesson("plain", "Some <script>alert(1)</script> text.\n\n[go](javascript:alert(1))\n")
                .write("static/js/large.js", "// large\n".repeat(2_000));
        server = TestServer.start(TestServer.config(folder.resolve("data"), tree.root(), Optional.empty()));
        http = new Http(server.port());
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/lessons",
                "/lessons/plain",
                "/lessons/none",
                "/healthz",
                "/js/large.js",
                "/nothing/here",
                "/api/v1/attempts/x"
            })
    @DisplayName("has the security headers and sets no cookie")
    void hasSecurityHeaders(String path) {
        HttpResponse<String> response = http.get(path);

        assertThat(header(response, "Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(response, "X-Frame-Options")).isEqualTo("DENY");
        assertThat(header(response, "Referrer-Policy")).isEqualTo("same-origin");
        assertThat(header(response, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
        assertThat(header(response, "Permissions-Policy")).contains("camera=()");
        assertThat(response.headers().map()).doesNotContainKeys("set-cookie", "server", "strict-transport-security");
    }

    @Test
    @DisplayName("asks browsers to insist on https only if the public address is https")
    void insistsOnHttps(@TempDir Path data) {
        Optional<URI> baseUrl = Optional.of(URI.create("https://trapframe.example"));
        try (RunningServer https = TestServer.start(TestServer.config(data, folder.resolve("tree"), baseUrl))) {
            assertThat(header(new Http(https.port()).get("/"), "Strict-Transport-Security"))
                    .contains("max-age=31536000");
        }
    }

    @Test
    @DisplayName("of /healthz says ok")
    void isHealthy() {
        HttpResponse<String> response = http.get("/healthz");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("ok");
    }

    @Test
    @DisplayName("shows an author's HTML as text and drops an address that would run a script")
    void escapesContent() {
        HttpResponse<String> response = http.get("/lessons/plain");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Type")).isEqualToIgnoringWhitespace("text/html;charset=utf-8");
        assertThat(response.body())
                .contains("&lt;script&gt;alert(1)&lt;/script&gt;", "Plain &lt;b&gt;&amp;amp;&lt;/b&gt; simple")
                .doesNotContain("<script>alert", "javascript:alert");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/lessons/none", "/nothing", "/js/none.js", "/lessons/none/items/x"})
    @DisplayName("to an unknown address is a page with a way on")
    void leadsOnFromAnUnknownAddress(String path) {
        HttpResponse<String> response = http.get(path);

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(header(response, "Content-Type")).startsWith("text/html");
        assertThat(response.body()).contains("href=\"/lessons\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/attempts/x", "/api/v1/items/none/trace", "/api/v1/nothing"})
    @DisplayName("of the API that failed is problem+json")
    void isAProblemUnderApi(String path) {
        HttpResponse<String> response = http.get(path);

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(header(response, "Content-Type")).startsWith("application/problem+json");
        assertThat(Http.json(response).path("status").asInt()).isEqualTo(404);
        assertThat(Http.json(response).path("title").asText()).isNotBlank();
    }

    @Test
    @DisplayName("to a method that an address does not take is 405")
    void refusesOtherMethods() {
        assertThat(http.send(http.request("/lessons").DELETE()).statusCode()).isEqualTo(405);
        assertThat(http.get("/api/v1/items/none/attempts").statusCode()).isEqualTo(405);
    }

    @Test
    @DisplayName("with a static file has an ETag, and is 304 to who has the file")
    void revalidatesStaticFiles() {
        HttpResponse<String> first = http.get("/js/large.js");

        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(header(first, "Content-Type")).isEqualToIgnoringWhitespace("text/javascript;charset=utf-8");
        assertThat(header(first, "Cache-Control")).isEqualTo("no-cache");
        assertThat(header(first, "Access-Control-Allow-Origin")).isEqualTo("*");
        HttpResponse<String> second = http.get("/js/large.js", "If-None-Match", header(first, "ETag"));
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
    }

    @Test
    @DisplayName("is compressed for who takes gzip")
    void isCompressed() throws IOException {
        HttpResponse<byte[]> response = http.sendForBytes(
                http.request("/js/large.js", "Accept-Encoding", "gzip").GET());

        assertThat(response.headers().firstValue("Content-Encoding")).hasValue("gzip");
        byte[] unpacked = new GZIPInputStream(new ByteArrayInputStream(response.body())).readAllBytes();
        assertThat(new String(unpacked, StandardCharsets.UTF_8)).isEqualTo("// large\n".repeat(2_000));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/js/..%2f..%2flessons/track.yaml", "/..%2flessons%2ftrack.yaml",
                        "/js/%2e%2e/%2e%2e/lessons/track.yaml", "/js//large.js",
                "/.hidden", "/js/.hidden.js", "/js/large.js%00.css", "/js%5clarge.js"
            })
    @DisplayName("keeps within static/")
    void keepsWithinStaticFiles(String path) {
        HttpResponse<String> response = http.get(path);

        assertThat(response.statusCode()).isIn(400, 404);
        assertThat(response.body()).doesNotContain("title: Test", "// large");
    }

    @Test
    @DisplayName("to a body over 256 KiB is 413, and to one of unknown length 411")
    void boundsBodies() {
        HttpResponse<String> large = http.post("/api/v1/attempts/x/tries", " ".repeat(256 * 1024 + 1));
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(header(large, "Content-Type")).startsWith("application/problem+json");

        HttpResponse<String> unknown = http.send(http.request("/api/v1/attempts/x/tries")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[100]))));
        assertThat(unknown.statusCode()).isEqualTo(411);
    }

    @Test
    @DisplayName("lets pages of other origins use what needs no credentials, and never with them")
    void letsOtherOriginsIn() {
        HttpResponse<String> preflight = http.send(http.request(
                        "/api/v1/attempts/x/tries",
                        "Origin",
                        "null",
                        "Access-Control-Request-Method",
                        "POST",
                        "Access-Control-Request-Headers",
                        "content-type")
                .method("OPTIONS", BodyPublishers.noBody()));

        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(header(preflight, "Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(header(preflight, "Access-Control-Allow-Headers")).contains("Content-Type", "Idempotency-Key");
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Credentials"))
                .isEmpty();
        assertThat(http.get("/lessons").headers().firstValue("Access-Control-Allow-Origin"))
                .isEmpty();
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}
