package dev.trapframe.server.trace;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.overlay.Overlay;
import dev.trapframe.server.scenario.LibraryProgram;
import dev.trapframe.server.scenario.ProgramChanged;
import dev.trapframe.server.scenario.ProgramLibrary;
import dev.trapframe.server.scenario.Recipe;
import dev.trapframe.server.scenario.RecipeId;
import dev.trapframe.server.scenario.StructLibrary;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Runs recipes, each once for all who ask for it at the same time, and keeps what they gave as long as there is room. Knows
 * the recipes of late by their ids. Thread-safe.
 */
public final class TraceService implements AutoCloseable {

    private static final int RETRY_AFTER_SECONDS = 2;
    private static final int BYTES_PER_RUN = 64 << 10;
    private static final int BYTES_PER_STEP = 512;
    private static final int IDLE_SECONDS = 30;

    private final ProgramLibrary programs;
    private final StructLibrary structs;
    private final MachineRunner runner;
    private final TraceSettings settings;
    private final int revision;
    private final LongSupplier nanoTime;
    private final ThreadPoolExecutor workers;
    private final AsyncCache<String, TraceRun> traces;
    private final Cache<String, Recipe> recipes;

    /** @param revision of the emulator that the runner uses */
    public TraceService(
            ProgramLibrary programs,
            StructLibrary structs,
            MachineRunner runner,
            int revision,
            TraceSettings settings) {
        this(programs, structs, runner, revision, settings, System::nanoTime);
    }

    TraceService(
            ProgramLibrary programs,
            StructLibrary structs,
            MachineRunner runner,
            int revision,
            TraceSettings settings,
            LongSupplier nanoTime) {
        this.programs = programs;
        this.structs = structs;
        this.runner = runner;
        this.revision = revision;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.workers = new ThreadPoolExecutor(
                settings.workers(),
                settings.workers(),
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(settings.queue()),
                task -> {
                    Thread thread = new Thread(task, "trace-worker");
                    thread.setDaemon(true);
                    return thread;
                });
        this.workers.allowCoreThreadTimeOut(true);
        this.traces = Caffeine.newBuilder()
                .maximumWeight(settings.cacheBytes())
                .<String, TraceRun>weigher(
                        (id, run) -> BYTES_PER_RUN + run.trace().stepCount() * BYTES_PER_STEP)
                .buildAsync();
        this.recipes = Caffeine.newBuilder().maximumSize(settings.recipes()).build();
    }

    /**
     * The trace of a recipe, from the cache or by running it.
     *
     * @throws TooManyRuns if it would have to be run and there is no room
     * @throws ProgramChanged if the program is another by now
     */
    public TraceRun of(Recipe recipe) {
        String id = RecipeId.of(recipe);
        recipes.put(id, recipe);
        CompletableFuture<TraceRun> run = started(id, recipe);
        try {
            TraceRun done = run.join();
            // How far a run comes in a given time is no property of the recipe: the next who asks gets a run of their
            // own.
            if (done.trace().end() == RunEnd.TIME_LIMIT) traces.asMap().remove(id, run);
            return done;
        } catch (CompletionException e) {
            traces.asMap().remove(id, run);
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            if (e.getCause() instanceof Error error) throw error;
            throw e;
        }
    }

    /** The recipe with this id, if it was asked for lately. */
    public Optional<Recipe> recipe(String recipeId) {
        return Optional.ofNullable(recipes.getIfPresent(recipeId));
    }

    /** The emulator's revision: traces of others are not to be had here. */
    public int revision() {
        return revision;
    }

    /** Number of runs that wait for a worker. */
    public int waiting() {
        return workers.getQueue().size();
    }

    private CompletableFuture<TraceRun> started(String id, Recipe recipe) {
        try {
            return traces.get(id, (key, unused) -> CompletableFuture.supplyAsync(() -> run(key, recipe), workers));
        } catch (RejectedExecutionException e) {
            throw new TooManyRuns(RETRY_AFTER_SECONDS);
        }
    }

    private TraceRun run(String id, Recipe recipe) {
        LibraryProgram program = program(recipe);
        long deadline = nanoTime.getAsLong() + settings.wallTime().toNanos();
        Limits limits = new Limits(
                recipe.stepLimit(),
                Recipe.MAX_ITERATIONS,
                settings.pages(),
                () -> nanoTime.getAsLong() - deadline >= 0);
        TraceView trace = runner.run(program, recipe, limits);
        List<Overlay> overlays = recipe.overlays().stream()
                .map(place -> new Overlay(structs.layout(place.struct()), place.address()))
                .toList();
        return new TraceRun(id, recipe, program, overlays, trace, revision);
    }

    /** In a live library the program may have changed since the recipe was read. */
    private LibraryProgram program(Recipe recipe) {
        LibraryProgram program = programs.byName(recipe.programName()).orElse(null);
        String loaded = program == null ? "none" : program.sha256();
        if (program == null || !loaded.equals(recipe.programSha256())) {
            throw new ProgramChanged(recipe.programName(), recipe.programSha256(), loaded);
        }
        return program;
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
