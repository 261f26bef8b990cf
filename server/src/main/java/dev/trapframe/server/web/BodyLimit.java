package dev.trapframe.server.web;

import io.javalin.http.Context;

/** Bounds what a request may send. */
public final class BodyLimit {

    /** 256 KiB: the largest program with room to spare. */
    public static final long BYTES = 256 * 1024;

    private BodyLimit() {}

    /**
     * Refuses before a byte of the body is read: by the announced length, and a body that announces none.
     *
     * @throws HttpProblem 413 or 411
     */
    public static void check(Context ctx) {
        if (ctx.req().getContentLengthLong() > BYTES) throw HttpProblem.tooLarge(BYTES);
        if (ctx.header("Transfer-Encoding") != null) {
            throw new HttpProblem(
                    411, "length-required", "The request's length is missing", "Send the body with a Content-Length.");
        }
    }
}
