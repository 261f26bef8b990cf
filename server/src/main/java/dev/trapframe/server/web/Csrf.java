package dev.trapframe.server.web;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a changing request that a foreign page makes in a learner's name. It is checked if and only if a cookie authenticates the
 * request: what needs no cookie has nothing to steal.
 *
 * <p>The token is an HMAC of the learner's id, so that no node has to remember it.
 */
public final class Csrf {

    /** Name of the form field. */
    public static final String FIELD = "csrf";

    /** Name of the request header. */
    public static final String HEADER = "X-CSRF-Token";

    private static final String ALGORITHM = "HmacSHA256";

    private final byte[] secret;
    private final RequestOrigin origin;

    /** @param secret at least 32 bytes that only the servers of this installation know */
    public Csrf(byte[] secret, RequestOrigin origin) {
        this.secret = secret.clone();
        this.origin = origin;
    }

    /** The token that a learner's requests must carry. */
    public String tokenOf(long learnerId) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            return HexFormat.of().formatHex(mac.doFinal(("csrf:" + learnerId).getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    /**
     * Checks a request that the cookie of this learner authenticates.
     *
     * @throws HttpProblem 403 if it comes from another site or has not the learner's token
     */
    public void check(Context ctx, long learnerId) {
        if (origin.isForeign(ctx)) throw HttpProblem.forbidden("The request comes from a page of another site.");
        String sent = ctx.header(HEADER);
        if (sent == null) sent = formField(ctx);
        if (sent == null || !isSame(sent, tokenOf(learnerId))) {
            throw HttpProblem.forbidden(
                    "The page is too old or the request is not from this site. Open the lesson again and repeat it.");
        }
    }

    private static @Nullable String formField(Context ctx) {
        return ctx.isFormUrlencoded() ? ctx.formParam(FIELD) : null;
    }

    private static boolean isSame(String sent, String right) {
        return MessageDigest.isEqual(sent.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    }
}
