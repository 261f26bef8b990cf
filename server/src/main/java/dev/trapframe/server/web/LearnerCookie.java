package dev.trapframe.server.web;

import dev.trapframe.server.learner.Learner;
import dev.trapframe.server.learner.Learners;
import dev.trapframe.server.learner.Learners.NewLearner;
import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import java.time.Duration;
import java.util.Optional;

/**
 * Knows a learner by a cookie, which is set at the first answer and never by a GET. Nothing needs it: it only saves a learner from
 * keeping the address of an attempt.
 */
public final class LearnerCookie {

    /** Name of the cookie. */
    public static final String NAME = "trapframe_learner";

    private static final int MAX_AGE_SECONDS = (int) Duration.ofDays(365).toSeconds();

    private final Learners learners;
    private final Csrf csrf;
    private final RequestOrigin origin;
    private final boolean https;

    /** @param https whether the public address is https; only then the cookie is Secure */
    public LearnerCookie(Learners learners, Csrf csrf, RequestOrigin origin, boolean https) {
        this.learners = learners;
        this.csrf = csrf;
        this.origin = origin;
        this.https = https;
    }

    /** The learner who reads. For requests that change nothing. */
    public Optional<Learner> reader(Context ctx) {
        return Optional.ofNullable(ctx.cookie(NAME)).flatMap(learners::find);
    }

    /**
     * The learner in whose name a form changes something; empty if no cookie says who it is.
     *
     * @throws HttpProblem 403 if there is a learner and the request may be forged
     */
    public Optional<Learner> author(Context ctx) {
        Optional<Learner> known = reader(ctx);
        known.ifPresent(learner -> csrf.check(ctx, learner.id()));
        return known;
    }

    /**
     * The same for the API, where the id of an attempt is what entitles to answer: a cookie counts only together with the token in the
     * request's header. Without the header the request is nobody's.
     */
    public Optional<Learner> apiAuthor(Context ctx) {
        return ctx.header(Csrf.HEADER) == null ? Optional.empty() : author(ctx);
    }

    /** Makes a learner and sets the cookie; not for a page of another site, and not for somebody who has the cookie. */
    public Optional<Learner> atFirstAnswer(Context ctx) {
        if (origin.isForeign(ctx) || reader(ctx).isPresent()) return Optional.empty();
        return Optional.of(create(ctx));
    }

    /** The token for forms on the page of a learner; empty for nobody. */
    public String formToken(Optional<Learner> learner) {
        return learner.map(known -> csrf.tokenOf(known.id())).orElse("");
    }

    private Learner create(Context ctx) {
        NewLearner fresh = learners.create();
        Cookie cookie = new Cookie(NAME, fresh.token());
        cookie.setPath("/");
        cookie.setMaxAge(MAX_AGE_SECONDS);
        cookie.setHttpOnly(true);
        cookie.setSecure(https);
        cookie.setSameSite(SameSite.LAX);
        ctx.cookie(cookie);
        ctx.header(Csrf.HEADER, csrf.tokenOf(fresh.learner().id()));
        return fresh.learner();
    }
}
