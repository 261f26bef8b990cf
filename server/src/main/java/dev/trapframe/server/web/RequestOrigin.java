package dev.trapframe.server.web;

import io.javalin.http.Context;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells whether a request comes from one of our own pages, by the headers that a page cannot forge. */
public final class RequestOrigin {

    private final Optional<URI> baseUrl;

    /** @param baseUrl the public address; if empty, the request's own Host header stands for it */
    public RequestOrigin(Optional<URI> baseUrl) {
        this.baseUrl = baseUrl;
    }

    /** True if the browser says that another site made this request; false if it says nothing. */
    public boolean isForeign(Context ctx) {
        String fetchSite = ctx.header("Sec-Fetch-Site");
        if (fetchSite != null && !fetchSite.equals("same-origin") && !fetchSite.equals("none")) return true;
        String origin = ctx.header("Origin");
        return origin != null && !isOwn(origin, ctx);
    }

    private boolean isOwn(String origin, Context ctx) {
        String own = baseUrl.map(RequestOrigin::originOf).orElseGet(() -> "http://" + ctx.header("Host"));
        return origin.equalsIgnoreCase(own);
    }

    /** Scheme, host and port as a browser writes them into the Origin header. */
    static String originOf(URI address) {
        @Nullable String port = address.getPort() == -1 ? null : Integer.toString(address.getPort());
        return address.getScheme() + "://" + address.getHost() + (port == null ? "" : ":" + port);
    }
}
