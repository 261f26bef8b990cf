package dev.trapframe.server.web;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Serves {@code static/}: every file with an ETag of its content, so that a browser asks each time and gets 304 unless the file
 * changed. Thread-safe.
 */
public final class StaticFiles {

    /** The addresses that files have: of their own folders, so that another address can say which methods it takes. */
    public static final List<String> PATHS = List.of("/{file}", "/css/<path>", "/js/<path>", "/img/<path>");

    private static final Pattern PATH = Pattern.compile("(?:[a-z0-9_-][a-zA-Z0-9._-]*/)*[a-zA-Z0-9_-][a-zA-Z0-9._-]*");

    private static final Map<String, String> MEDIA_TYPES = Map.ofEntries(
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("map", "application/json"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("png", "image/png"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("webmanifest", "application/manifest+json"),
            Map.entry("woff2", "font/woff2"));

    private final Optional<Path> folder;
    private final boolean cached;
    private final Map<String, StaticFile> files = new ConcurrentHashMap<>();

    private StaticFiles(Optional<Path> folder, boolean cached) {
        this.folder = folder;
        this.cached = cached;
    }

    /** Files under {@code static/} of the class path. */
    public static StaticFiles fromClassPath() {
        return new StaticFiles(Optional.empty(), true);
    }

    /**
     * Files of a folder.
     *
     * @param cached false to read them anew for each request
     */
    public static StaticFiles fromFolder(Path folder, boolean cached) {
        return new StaticFiles(Optional.of(folder), cached);
    }

    /**
     * Answers with the file at the request's path.
     *
     * @throws HttpProblem 404 if there is none
     */
    public void serve(Context ctx) throws IOException {
        String path = ctx.path().substring(1);
        StaticFile file = find(path).orElseThrow(() -> HttpProblem.notFound("No page or file has this address."));
        Cors.allowAnyOrigin(ctx);
        ctx.header("Cache-Control", "no-cache").header("ETag", file.etag());
        if (file.etag().equals(ctx.header("If-None-Match"))) {
            ctx.status(304);
        } else {
            ctx.contentType(file.mediaType()).result(file.bytes());
        }
    }

    private Optional<StaticFile> find(String path) throws IOException {
        StaticFile known = files.get(path);
        if (known != null) return Optional.of(known);
        if (path.length() > 200 || path.contains("..") || !PATH.matcher(path).matches()) return Optional.empty();
        String mediaType = MEDIA_TYPES.get(path.substring(path.lastIndexOf('.') + 1));
        if (mediaType == null) return Optional.empty();
        byte[] bytes = read(path);
        if (bytes == null) return Optional.empty();
        StaticFile file = new StaticFile(bytes, mediaType, "\"" + hashOf(bytes) + "\"");
        if (cached) files.put(path, file);
        return Optional.of(file);
    }

    private byte[] read(String path) throws IOException {
        if (folder.isPresent()) {
            Path file = folder.get().resolve(path);
            return Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
        }
        try (InputStream resource = StaticFiles.class.getClassLoader().getResourceAsStream("static/" + path)) {
            return resource == null ? null : resource.readAllBytes();
        }
    }

    private static String hashOf(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private record StaticFile(byte[] bytes, String mediaType, String etag) {}
}
