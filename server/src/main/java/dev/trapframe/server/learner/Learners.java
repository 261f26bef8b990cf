package dev.trapframe.server.learner;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Knows learners by a token of 128 random bits. The database keeps its hash alone: who reads the database cannot pose as a learner.
 * Thread-safe.
 */
public final class Learners {

    private static final int TOKEN_BYTES = 16;
    private static final Pattern TOKEN = Pattern.compile("[0-9a-f]{32}");

    private final LearnerDao dao;
    private final SecureRandom random;

    public Learners(LearnerDao dao, SecureRandom random) {
        this.dao = dao;
        this.random = random;
    }

    /** The learner with this token; empty if there is none. */
    public Optional<Learner> find(String token) {
        if (!TOKEN.matcher(token).matches()) return Optional.empty();
        return dao.find(hashOf(token)).map(Learner::new);
    }

    /** A new learner and the token to know them by. */
    public NewLearner create() {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        String token = HexFormat.of().formatHex(bytes);
        return new NewLearner(new Learner(dao.insert(hashOf(token))), token);
    }

    private static String hashOf(String token) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** @param token 32 hex digits, for the cookie and nothing else */
    public record NewLearner(Learner learner, String token) {}
}
