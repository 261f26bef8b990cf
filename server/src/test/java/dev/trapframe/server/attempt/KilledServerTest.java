package dev.trapframe.server.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trapframe.server.app.Http;
import dev.trapframe.server.app.ServerProcess;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@DisplayName("A try that a client was told of")
class KilledServerTest {

    private static final int CLIENTS = 6;

    /** So many tries are acknowledged before the server is killed, in the midst of the next ones. */
    private static final int ACKNOWLEDGED = 150;

    @RepeatedTest(2)
    @DisplayName("is there after the server was killed and started again")
    void survivesAKill(@TempDir Path data) throws InterruptedException {
        Queue<Acknowledged> acknowledged = new ConcurrentLinkedQueue<>();
        try (ServerProcess server = start(data)) {
            Http http = new Http(server.awaitPort());
            Map<String, String> wrong = new Answering(http).answersWithOneWrong();
            CountDownLatch enough = new CountDownLatch(ACKNOWLEDGED);
            ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
            for (int client = 0; client < CLIENTS; client++) {
                clients.execute(() -> tryUntilItDies(http, wrong, acknowledged, enough));
            }
            assertThat(enough.await(2, TimeUnit.MINUTES)).as("tries in time").isTrue();
            server.kill();
            clients.shutdown();
            assertThat(clients.awaitTermination(1, TimeUnit.MINUTES))
                    .as("clients notice")
                    .isTrue();
        }

        List<String> lost = new ArrayList<>();
        try (ServerProcess again = start(data)) {
            Answering answering = new Answering(new Http(again.awaitPort()));
            for (Acknowledged one : acknowledged) {
                JsonNode tries = answering.show(one.attempt()).path("tries");
                if (!tries.path(one.number() - 1).path("answers").equals(Http.json(one.answers())))
                    lost.add(one.toString());
            }
        }
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(ACKNOWLEDGED);
        assertThat(lost).isEmpty();
    }

    private static ServerProcess start(Path data) {
        return ServerProcess.start("--port", "0", "--data", data.toString(), "--requests-per-minute", "1000000");
    }

    /** Opens attempts and sends tries, and notes each that the server acknowledged, until the server answers no more. */
    private static void tryUntilItDies(
            Http http, Map<String, String> answers, Queue<Acknowledged> acknowledged, CountDownLatch enough) {
        Answering answering = new Answering(http);
        try {
            while (true) {
                String attempt = answering.open();
                for (int number = 1; number <= Answering.TRIES; number++) {
                    HttpResponse<String> response = answering.submit(attempt, answers);
                    if (response.statusCode() != 200) throw new AssertionError(response.body());
                    acknowledged.add(new Acknowledged(attempt, number, Answering.json(answers)));
                    enough.countDown();
                }
            }
        } catch (UncheckedIOException e) {
            // The server is dead, which is what this waits for.
        }
    }

    private record Acknowledged(String attempt, int number, String answers) {}
}
