package dev.trapframe.server.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.server.app.Http;
import dev.trapframe.server.app.RunningServer;
import dev.trapframe.server.app.TestServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The page of instructions")
class ReferenceRoutesTest {

    @TempDir
    static Path data;

    private static RunningServer server;
    private static Http http;

    @BeforeAll
    static void start() {
        server = TestServer.start(data);
        http = new Http(server.port());
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @Test
    @DisplayName("shows every group, with encodings in the manual's notation")
    void all() {
        HttpResponse<String> page = http.get("/reference/instructions");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("<h2 id=\"data-transfer\">", "REX.W + 89 /r", "data-name=\"SWAPGS\"");
    }

    @Test
    @DisplayName("finds by a part of the name, in any case, without JavaScript")
    void finds() {
        String page = http.get("/reference/instructions?q=swap").body();

        assertThat(page).contains("data-name=\"SWAPGS\"", "data-name=\"BSWAP\"", "2 instructions");
        assertThat(page).doesNotContain("data-name=\"MOV\"");
    }

    @Test
    @DisplayName("shows what was asked for as text, and refuses what is too long")
    void badQueries() {
        String page = http.get("/reference/instructions?q=%3Cb%3E").body();

        assertThat(page).contains("value=\"&lt;b&gt;\"", "0 instructions");
        assertThat(http.get("/reference/instructions?q=" + "a".repeat(41)).statusCode())
                .isEqualTo(400);
    }
}
