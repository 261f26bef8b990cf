package dev.trapframe.server.web;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.util.Map;
import org.eclipse.jetty.io.EofException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers requests that failed: problem+json under {@code /api/}, elsewhere a page with a way on. */
public final class ErrorPages {

    private static final Logger LOG = LoggerFactory.getLogger(ErrorPages.class);

    private final Pages pages;

    public ErrorPages(Pages pages) {
        this.pages = pages;
    }

    public void register(RoutesConfig routes) {
        routes.exception(HttpProblem.class, (e, ctx) -> answer(ctx, e.problem()));
        routes.exception(HttpResponseException.class, (e, ctx) -> answer(ctx, ofStatus(e.getStatus())));
        routes.exception(EofException.class, (e, ctx) -> answer(ctx, ofStatus(400))); // the client has gone
        routes.exception(Exception.class, (e, ctx) -> {
            LOG.error("{} {} failed", ctx.method(), ctx.endpoint().path, e);
            answer(ctx, ofStatus(500));
        });
    }

    /** Answers with a problem, in the form that the address asks for. */
    public void answer(Context ctx, ProblemJson problem) {
        ctx.status(problem.status()).header("Cache-Control", "no-store");
        if (ctx.path().startsWith("/api/")) {
            ctx.json(problem).contentType(ProblemJson.MEDIA_TYPE);
        } else {
            ctx.html(page(problem)).contentType(Pages.MEDIA_TYPE);
        }
    }

    private String page(ProblemJson problem) {
        String message = problem.detail() == null ? "" : problem.detail();
        try {
            return pages.render(
                    "error", Map.of("status", problem.status(), "title", problem.title(), "message", message));
        } catch (RuntimeException e) {
            LOG.error("the error page cannot be rendered", e);
            return "<!doctype html><html lang=\"en\"><title>Trapframe: error</title><h1>Error " + problem.status()
                    + "</h1><p><a href=\"/lessons\">All lessons</a></p></html>";
        }
    }

    private static ProblemJson ofStatus(int status) {
        return switch (status) {
            case 404 ->
                new ProblemJson(
                        "not-found",
                        "There is nothing at this address",
                        404,
                        "No page or file has this address.",
                        null);
            case 405 ->
                new ProblemJson("method-not-allowed", "This address does not take this method", 405, null, null);
            case 408 -> new ProblemJson("timeout", "The request took too long", 408, null, null);
            case 413 -> HttpProblem.tooLarge(BodyLimit.BYTES).problem();
            case 500 ->
                new ProblemJson(
                        "internal",
                        "Something went wrong here",
                        500,
                        "The fault is ours. It has been written to the server's log.",
                        null);
            default ->
                status < 500
                        ? new ProblemJson("bad-request", "The request cannot be understood", status, null, null)
                        : new ProblemJson(
                                "unavailable", "The server cannot answer now", status, "Try again in a moment.", null);
        };
    }
}
