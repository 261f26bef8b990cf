package dev.trapframe.server.trace;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.server.scenario.BadRecipe;
import dev.trapframe.server.scenario.ProgramChanged;
import dev.trapframe.server.scenario.Recipe;
import dev.trapframe.server.scenario.RecipeReader;
import dev.trapframe.server.web.ProblemJson;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The public trace API: open to every origin, without credentials. The answers stand in {@code docs/trace-format.md}. */
public final class TraceRoutes {

    /** Longest body of a request, in bytes. */
    static final int MAX_BODY_BYTES = 64 << 10;

    private static final String TRACES = "/api/v1/traces";
    private static final String NEWEST = TRACES + "/{recipeId}";
    private static final String TRACE = NEWEST + "/{revision}";
    private static final String IMMUTABLE = "public, max-age=31536000, immutable";
    private static final String NO_STORE = "no-store";
    private static final int PREFLIGHT_SECONDS = 86_400;
    private static final JsonMapper JSON = new JsonMapper();

    private final TraceService traces;
    private final RecipeReader recipes;
    private final TraceComposer composer;

    public TraceRoutes(TraceService traces, RecipeReader recipes, TraceComposer composer) {
        this.traces = traces;
        this.recipes = recipes;
        this.composer = composer;
    }

    public void register(RoutesConfig routes) {
        routes.post(TRACES, this::run);
        routes.get(NEWEST, this::redirect);
        routes.get(TRACE, this::show);
        for (String path : new String[] {TRACES, NEWEST, TRACE}) routes.options(path, TraceRoutes::preflight);
        routes.exception(
                BadRecipe.class,
                (e, ctx) -> answer(
                        ctx,
                        new ProblemJson("bad-recipe", "The recipe cannot be used", 400, e.getMessage(), e.pointer())));
        routes.exception(
                ProgramChanged.class,
                (e, ctx) -> answer(
                        ctx,
                        new ProblemJson(
                                "program-changed",
                                "The program has another content",
                                409,
                                e.getMessage(),
                                "/program/sha256")));
        routes.exception(TooManyRuns.class, (e, ctx) -> {
            ctx.header("Retry-After", Integer.toString(e.retryAfterSeconds()));
            answer(ctx, new ProblemJson("too-many-runs", "All workers are busy", 429, e.getMessage(), null));
        });
        routes.exception(BadTraceRequest.class, (e, ctx) -> answer(ctx, e.problem()));
    }

    /** Runs the recipe in the body and answers its trace, from {@code ?from=} for at most {@code ?count=} steps. */
    private void run(Context ctx) throws IOException {
        Recipe recipe = recipes.read(body(ctx));
        Chunk chunk = Chunk.of(ctx);
        TraceRun run = traces.of(recipe);
        ctx.header("Content-Location", address(run));
        send(ctx, run, chunk, NO_STORE);
    }

    private void redirect(Context ctx) {
        String id = recipeOf(ctx).id();
        String query = ctx.queryString() == null ? "" : "?" + ctx.queryString();
        allowEveryOrigin(ctx);
        ctx.header("Cache-Control", NO_STORE).header("Location", TRACES + "/" + id + "/" + traces.revision() + query);
        ctx.status(307);
    }

    private void show(Context ctx) {
        Known known = recipeOf(ctx);
        if (!ctx.pathParam("revision").equals(Integer.toString(traces.revision()))) {
            throw new BadTraceRequest(new ProblemJson(
                    "other-revision",
                    "The trace of another revision is not to be had",
                    404,
                    "This emulator has revision " + traces.revision() + "; ask for " + TRACES + "/" + known.id(),
                    null));
        }
        Chunk chunk = Chunk.of(ctx);
        TraceRun run = traces.of(known.recipe());
        send(ctx, run, chunk, run.trace().end() == RunEnd.TIME_LIMIT ? NO_STORE : IMMUTABLE);
    }

    private record Known(String id, Recipe recipe) {}

    private Known recipeOf(Context ctx) {
        String id = ctx.pathParam("recipeId");
        Recipe recipe = traces.recipe(id)
                .orElseThrow(() -> new BadTraceRequest(new ProblemJson(
                        "repost-recipe",
                        "The recipe is not known here any more",
                        404,
                        "No recipe with this id was posted lately. Post the recipe to " + TRACES + " again.",
                        null)));
        return new Known(id, recipe);
    }

    private void send(Context ctx, TraceRun run, Chunk chunk, String caching) {
        byte[] body;
        try {
            body = JSON.writeValueAsBytes(composer.compose(run, chunk.from(), chunk.count()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a trace of our own cannot be written", e);
        }
        allowEveryOrigin(ctx);
        String tag = "\"" + sha256(body) + "\"";
        ctx.header("Cache-Control", caching).header("ETag", tag);
        String known = ctx.header("If-None-Match");
        if (known != null && (known.equals("*") || known.contains(tag))) {
            ctx.status(304);
            return;
        }
        ctx.contentType("application/json").result(body);
    }

    /** @throws BadTraceRequest if it is too long */
    private static String body(Context ctx) throws IOException {
        try (InputStream in = ctx.bodyInputStream()) {
            byte[] bytes = in.readNBytes(MAX_BODY_BYTES + 1);
            if (bytes.length > MAX_BODY_BYTES) {
                throw new BadTraceRequest(new ProblemJson(
                        "too-large",
                        "The request is too large",
                        413,
                        "A recipe may have " + MAX_BODY_BYTES + " bytes at the most.",
                        null));
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static void preflight(Context ctx) {
        allowEveryOrigin(ctx);
        ctx.header("Access-Control-Allow-Methods", "GET, POST")
                .header("Access-Control-Allow-Headers", "Content-Type")
                .header("Access-Control-Max-Age", Integer.toString(PREFLIGHT_SECONDS))
                .status(204);
    }

    private static void allowEveryOrigin(Context ctx) {
        ctx.header("Access-Control-Allow-Origin", "*")
                .header("Access-Control-Expose-Headers", "Content-Location, ETag, Retry-After");
    }

    private static void answer(Context ctx, ProblemJson problem) {
        allowEveryOrigin(ctx);
        ctx.status(problem.status()).header("Cache-Control", NO_STORE);
        ctx.json(problem).contentType(ProblemJson.MEDIA_TYPE);
    }

    private static String address(TraceRun run) {
        return TRACES + "/" + run.recipeId() + "/" + run.revision();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Which steps are asked for. */
    private record Chunk(int from, int count) {

        static Chunk of(Context ctx) {
            return new Chunk(number(ctx, "from", 0), number(ctx, "count", Recipe.MAX_STEPS));
        }

        private static int number(Context ctx, String name, int otherwise) {
            String text = ctx.queryParam(name);
            if (text == null) return otherwise;
            if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= Recipe.MAX_STEPS) return Integer.parseInt(text);
            throw new BadTraceRequest(new ProblemJson(
                    "bad-request",
                    "The request cannot be understood",
                    400,
                    "?" + name + "= takes a number from 0 to " + Recipe.MAX_STEPS,
                    null));
        }
    }

    /** A request that is answered with a problem. */
    private static final class BadTraceRequest extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient ProblemJson problem;

        BadTraceRequest(ProblemJson problem) {
            super(problem.detail(), null, false, false);
            this.problem = problem;
        }

        ProblemJson problem() {
            return problem;
        }
    }
}
