package dev.trapframe.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.server.app.Config;
import dev.trapframe.server.app.Http;
import dev.trapframe.server.app.RunningServer;
import dev.trapframe.server.app.TestServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("One network address")
class RateLimitTest {

    private static final int PER_MINUTE = 5;

    @Test
    @DisplayName(
            "that asks for too much gets 429 and the time to wait; a forged header makes it no other address; reading is free")
    void isLimited(@TempDir Path data) {
        Config config = new Config(
                "127.0.0.1",
                0,
                data,
                Optional.empty(),
                Optional.of(TestServer.PROJECT),
                false,
                Optional.empty(),
                PER_MINUTE);
        try (RunningServer server = TestServer.start(config)) {
            Http http = new Http(server.port());
            for (int i = 0; i < PER_MINUTE; i++) {
                assertThat(http.post("/api/v1/items/fill-the-frame/attempts", "")
                                .statusCode())
                        .isEqualTo(201);
            }

            HttpResponse<String> refused =
                    http.post("/api/v1/items/fill-the-frame/attempts", "", "X-Forwarded-For", "192.0.2.1");

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After").map(Integer::parseInt))
                    .hasValueSatisfying(seconds -> assertThat(seconds).isBetween(1, 60));
            assertThat(Http.json(refused).path("type").asText()).isEqualTo("too-many-requests");
            assertThat(http.get("/lessons/page-fault-from-user-mode").statusCode())
                    .isEqualTo(200);
        }
    }
}
