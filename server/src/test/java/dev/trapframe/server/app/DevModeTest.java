package dev.trapframe.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("In dev mode a changed")
class DevModeTest {

    @TempDir
    Path folder;

    @Test
    @DisplayName(
            "lesson, template or module shows at the next request, and a mistake says file and line until it is mended")
    void showsChanges() {
        TestTree tree = new TestTree(folder.resolve("tree")).track("plain").plainLesson("plain", "First text.\n");
        try (RunningServer server = TestServer.start(config(tree))) {
            Http http = new Http(server.port());
            assertThat(http.get("/lessons/plain").body()).contains("First text.");

            tree.plainLesson("plain", "Second, longer text.\n");
            assertThat(http.get("/lessons/plain").body()).contains("Second, longer text.");

            tree.plainLesson("plain", "# No such heading\n");
            HttpResponse<String> mistaken = http.get("/lessons/plain");
            assertThat(mistaken.statusCode()).isEqualTo(500);
            assertThat(mistaken.body()).contains("lessons/900-plain/lesson.md:9: expected");

            tree.plainLesson("plain", "Mended, and longer again.\n");
            assertThat(http.get("/lessons/plain").body()).contains("Mended, and longer again.");

            tree.write("static/js/new.js", "// one\n");
            assertThat(http.get("/js/new.js").body()).isEqualTo("// one\n");
            tree.write("static/js/new.js", "// two\n");
            assertThat(http.get("/js/new.js").body()).isEqualTo("// two\n");

            tree.write("templates/lessons.html", "<html><body>Another page</body></html>");
            assertThat(http.get("/lessons").body()).contains("Another page");
        }
    }

    private Config config(TestTree tree) {
        return new Config(
                "127.0.0.1",
                0,
                folder.resolve("data"),
                Optional.empty(),
                Optional.of(tree.root()),
                true,
                Optional.empty(),
                Config.DEFAULT_REQUESTS_PER_MINUTE);
    }
}
