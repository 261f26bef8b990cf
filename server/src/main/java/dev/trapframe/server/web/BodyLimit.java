package dev.trapframe.server.web;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;

/** Bounds what a request may send. */
public final class BodyLimit {

    /** 256 KiB: the largest program with room to spare. */
    public static final long BYTES = 256 * 1024;

    /** A refused body of up to so many bytes is read to its end: a client that still sends would not see the answer. */
    private static final long DRAINED_BYTES = 4 * 1024 * 1024;

    private BodyLimit() {}

    /**
     * Refuses by the announced length, and a body that announces none.
     *
     * @throws HttpProblem 413 or 411
     */
    public static void check(Context ctx) throws IOException {
        long length = ctx.req().getContentLengthLong();
        if (length > BYTES) {
            if (length <= DRAINED_BYTES) ctx.req().getInputStream().transferTo(OutputStream.nullOutputStream());
            throw HttpProblem.tooLarge(BYTES);
        }
        if (ctx.header("Transfer-Encoding") != null) {
            throw new HttpProblem(
                    411, "length-required", "The request's length is missing", "Send the body with a Content-Length.");
        }
    }
}
