package dev.trapframe.server.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.server.scenario.Recipe;
import dev.trapframe.server.scenario.RecipeReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The trace service")
@Timeout(60)
class TraceServiceTest {

    private static final TraceSettings SMALL = new TraceSettings(1, 1, 16_384, Duration.ofSeconds(5), 1 << 20, 10);

    private final AtomicInteger runs = new AtomicInteger();
    private final MachineRunner counting = (program, recipe, limits) -> {
        runs.incrementAndGet();
        return MachineRunner.emulator().run(program, recipe, limits);
    };

    private static Recipe recipe(int steps) {
        return new RecipeReader(TestTraces.LIBRARY, TestTraces.STRUCTS.names())
                .read("{\"program\":{\"name\":\"page-fault\"},\"limits\":{\"steps\":" + steps + "}}");
    }

    private static TraceService service(MachineRunner runner, TraceSettings settings) {
        return new TraceService(TestTraces.LIBRARY, TestTraces.STRUCTS, runner, Machine.REVISION, settings);
    }

    @Test
    @DisplayName("runs a recipe once for 64 threads that ask at the same time")
    void runsOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(64);
        CountDownLatch start = new CountDownLatch(1);
        Recipe recipe = recipe(50);
        try (TraceService service = service(counting, SMALL)) {
            List<Future<TraceRun>> answers = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                answers.add(threads.submit(() -> {
                    start.await();
                    return service.of(recipe);
                }));
            }
            start.countDown();
            TraceRun first = answers.get(0).get();
            for (Future<TraceRun> answer : answers) assertThat(answer.get()).isSameAs(first);
            assertThat(runs).hasValue(1);
            assertThat(service.recipe(first.recipeId())).contains(recipe);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    @DisplayName("refuses a run when every worker is busy and the queue is full, and goes on afterwards")
    void refusesWhenFull() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch running = new CountDownLatch(1);
        MachineRunner slow = (program, recipe, limits) -> {
            running.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return MachineRunner.emulator().run(program, recipe, limits);
        };
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (TraceService service = service(slow, SMALL)) {
            Future<TraceRun> first = threads.submit(() -> service.of(recipe(1)));
            assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
            Future<TraceRun> second = threads.submit(() -> service.of(recipe(2)));
            while (service.waiting() == 0) Thread.onSpinWait();
            assertThatExceptionOfType(TooManyRuns.class)
                    .isThrownBy(() -> service.of(recipe(3)))
                    .satisfies(e -> assertThat(e.retryAfterSeconds()).isPositive());
            release.countDown();
            assertThat(first.get().trace().stepCount()).isEqualTo(1);
            assertThat(second.get().trace().stepCount()).isEqualTo(2);
            assertThat(service.of(recipe(5)).trace().stepCount()).isEqualTo(5);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    @DisplayName("keeps what a run has reached when its time is over, and does not cache that")
    void limitsTime() {
        AtomicLong clock = new AtomicLong();
        TraceSettings impatient = new TraceSettings(1, 1, 16_384, Duration.ofNanos(1), 1 << 20, 10);
        try (TraceService service = new TraceService(
                TestTraces.LIBRARY,
                TestTraces.STRUCTS,
                counting,
                Machine.REVISION,
                impatient,
                clock::incrementAndGet)) {
            TraceRun run = service.of(recipe(2_000));

            assertThat(run.trace().end()).isEqualTo(RunEnd.TIME_LIMIT);
            assertThat(run.trace().stepCount()).isLessThan(2_000);
            service.of(recipe(2_000));
            assertThat(runs).hasValue(2);
        }
    }

    @Test
    @DisplayName("passes on what a run throws, and tries again next time")
    void passesOnErrors() {
        MachineRunner failing = (program, recipe, limits) -> {
            runs.incrementAndGet();
            throw new IllegalArgumentException("no such machine");
        };
        try (TraceService service = service(failing, SMALL)) {
            for (int i = 1; i <= 2; i++) {
                assertThatExceptionOfType(IllegalArgumentException.class)
                        .isThrownBy(() -> service.of(recipe(7)))
                        .withMessage("no such machine");
                assertThat(runs).hasValue(i);
            }
        }
    }

    @Test
    @DisplayName("limits the memory of a run")
    void limitsPages() {
        TraceSettings narrow = new TraceSettings(1, 1, 1, Duration.ofSeconds(5), 1 << 20, 10);
        try (TraceService service = service(counting, narrow)) {
            assertThat(service.of(recipe(2_000)).trace().end()).isEqualTo(RunEnd.MEMORY_LIMIT);
        }
    }
}
