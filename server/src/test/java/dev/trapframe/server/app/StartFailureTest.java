package dev.trapframe.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@DisplayName("A server that cannot start says so in one line, and ends with exit code 1:")
class StartFailureTest {

    @TempDir
    Path folder;

    @Test
    @DisplayName("the port is in use")
    void portInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = Integer.toString(taken.getLocalPort());

            String line = failure("--port", port, "--data", folder.toString());

            assertThat(line).contains(port, "in use", "--port");
        }
    }

    @Test
    @DisplayName("the data folder is a file")
    void dataFolderIsAFile() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThat(failure("--port", "0", "--data", file.toString()))
                .contains(file.toString(), "cannot be written", "--data");
    }

    @Test
    @DisplayName("the data folder cannot be made")
    void dataFolderCannotBeMade() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThat(failure("--port", "0", "--data", file.resolve("below").toString()))
                .contains("cannot be written", "--data");
    }

    @Test
    @DisplayName("the database belongs to another server")
    void databaseIsLocked() {
        try (RunningServer first = TestServer.start(folder)) {
            assertThat(first.port()).isPositive();
            assertThat(failure("--port", "0", "--data", folder.toString())).contains("in use by another", "--data");
        }
    }

    @Test
    @DisplayName("the database address is none")
    void databaseAddressIsWrong() {
        assertThat(failure("--port", "0", "--db", "jdbc:nothing:here")).contains("--db");
    }

    @Test
    @DisplayName("the working tree has no lessons")
    void noLessons() {
        assertThat(failure("--port", "0", "--data", folder.toString(), "--content", folder.toString()))
                .contains("lessons/track.yaml", "--content");
    }

    @Test
    @DisplayName("a lesson cannot be understood")
    void badLesson() {
        TestTree tree = new TestTree(folder.resolve("tree")).track("plain").plainLesson("plain", "# Twice a title\n");

        String line = failure(
                "--port",
                "0",
                "--data",
                folder.toString(),
                "--content",
                tree.root().toString());

        assertThat(line).contains("lessons/900-plain/lesson.md:9: expected");
    }

    private static String failure(String... options) {
        try (ServerProcess server = ServerProcess.start(options)) {
            String errors = server.errors();
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(errors.lines()).hasSize(1);
            assertThat(errors).startsWith("trapframe: ").doesNotContain("Exception");
            return errors;
        }
    }
}
