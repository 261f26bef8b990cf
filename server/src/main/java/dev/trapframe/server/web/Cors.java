package dev.trapframe.server.web;

import io.javalin.http.Context;
import java.util.List;

/**
 * Lets pages of other origins use what needs no credentials: static files, traces, practice items and anonymous tries. Browsers
 * send no cookie with such a request, because {@code Access-Control-Allow-Credentials} is never given.
 */
public final class Cors {

    private static final List<String> OPEN = List.of("/api/v1/traces", "/api/v1/items/", "/api/v1/attempts/");

    private Cors() {}

    /** Adds the headers for an open address of the API. */
    public static void addForApi(Context ctx) {
        String path = ctx.path();
        if (OPEN.stream().noneMatch(path::startsWith)) return;
        allowAnyOrigin(ctx);
        ctx.header("Access-Control-Expose-Headers", "ETag, Location, Retry-After");
    }

    /** Adds the headers for a response that holds nothing private. */
    public static void allowAnyOrigin(Context ctx) {
        ctx.header("Access-Control-Allow-Origin", "*");
        ctx.header("Cross-Origin-Resource-Policy", "cross-origin");
    }

    /** Answers the question that a browser asks before a request with a JSON body. */
    public static void preflight(Context ctx) {
        ctx.header("Access-Control-Allow-Methods", "GET, POST");
        ctx.header("Access-Control-Allow-Headers", "Content-Type, Idempotency-Key");
        ctx.header("Access-Control-Max-Age", "86400");
        ctx.status(204);
    }
}
