package dev.trapframe.server.web;

import io.javalin.http.Context;

/** The headers that every response carries, whatever answers it. */
public final class SecurityHeaders {

    /** No inline script, no inline style, nothing from elsewhere, and nobody may frame a page. */
    static final String CONTENT_SECURITY_POLICY = String.join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'");

    private final boolean https;

    /** @param https whether the public address is https; only then browsers are told to insist on it */
    public SecurityHeaders(boolean https) {
        this.https = https;
    }

    public void add(Context ctx) {
        ctx.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        ctx.header("X-Content-Type-Options", "nosniff");
        ctx.header("X-Frame-Options", "DENY");
        // An attempt's address is its key: other sites must not learn it from the Referer header.
        ctx.header("Referrer-Policy", "same-origin");
        ctx.header(
                "Permissions-Policy",
                "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()");
        ctx.header("Cross-Origin-Opener-Policy", "same-origin");
        ctx.header("Cross-Origin-Resource-Policy", "same-origin");
        if (https) ctx.header("Strict-Transport-Security", "max-age=31536000");
    }
}
