package dev.trapframe.server.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.time.Duration;

/**
 * Limits what one network address may ask for. A lecture hall is one address, so the limits are those of some hundred students who
 * open a lesson in the same minute. The address is the socket's: forwarded headers can be forged.
 */
public final class RateLimit {

    private static final int MOST_ADDRESSES = 100_000;

    private final int perMinute;
    private final Cache<String, Bucket> buckets = Caffeine.newBuilder()
            .maximumSize(MOST_ADDRESSES)
            .expireAfterAccess(Duration.ofMinutes(10))
            .build();

    /** @param perMinute requests that one address may make at once, and again within a minute */
    public RateLimit(int perMinute) {
        this.perMinute = perMinute;
    }

    /**
     * Counts one request.
     *
     * @throws HttpProblem 429 if the address has used up its share
     */
    public void count(Context ctx) {
        Bucket bucket = buckets.get(ctx.req().getRemoteAddr(), address -> newBucket());
        ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
        if (probe.isConsumed()) return;
        long seconds =
                Math.max(1, Duration.ofNanos(probe.getNanosToWaitForRefill()).toSeconds() + 1);
        ctx.header("Retry-After", Long.toString(seconds));
        throw new HttpProblem(
                429, "too-many-requests", "Too many requests", "Wait " + seconds + " seconds and repeat the request.");
    }

    /** Counts a request that is no GET: what a GET asks for is mostly in a cache. */
    public void countChanging(Context ctx) {
        if (ctx.method() == HandlerType.POST) count(ctx);
    }

    private Bucket newBucket() {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
                .build();
    }
}
