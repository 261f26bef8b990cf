package dev.trapframe.server.bench;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** What a browser fetches for a page: the page, what it names, and what that names, each in bytes over the wire. */
final class PageWeight {

    /** Styles, icons, scripts and pictures of a page, and the traces of its steppers. */
    private static final Pattern IN_PAGE =
            Pattern.compile("(?:<link[^>]* href|<script[^>]* src|<img[^>]* src|data-trace-url)=\"([^\"]+)\"");
    /** Static and dynamic imports of a module by a relative path. */
    private static final Pattern IN_MODULE = Pattern.compile("(?:from|import\\(?)\\s*\"(\\.[^\"]+)\"");

    /** Types are imported in comments; a browser does not fetch those. */
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL);

    private static final Pattern IN_STYLE = Pattern.compile("url\\(\"?([^)\"#:]+)\"?\\)");

    private final ServerProcess server;
    private final Map<String, Integer> bytes = new LinkedHashMap<>();
    private final Deque<String> toFetch = new ArrayDeque<>();

    private PageWeight(ServerProcess server) {
        this.server = server;
    }

    /** Path to bytes of the body as sent, the page first. */
    static Map<String, Integer> of(ServerProcess server, String page) throws IOException {
        PageWeight weight = new PageWeight(server);
        weight.toFetch.add(page);
        while (!weight.toFetch.isEmpty()) weight.fetch(weight.toFetch.remove());
        return weight.bytes;
    }

    private void fetch(String path) throws IOException {
        if (bytes.containsKey(path)) return;
        HttpResponse<byte[]> response = server.get(path, "gzip");
        bytes.put(path, response.body().length);
        String type = response.headers().firstValue("Content-Type").orElse("");
        references(type, textOf(response))
                .map(reference -> reference.replace("&amp;", "&"))
                .map(reference -> URI.create(path).resolve(reference).toString())
                .filter(reference -> reference.startsWith("/"))
                .forEach(toFetch::add);
    }

    private static Stream<String> references(String type, String text) {
        if (type.startsWith("text/html")) return all(IN_PAGE, text);
        if (type.startsWith("text/javascript"))
            return all(IN_MODULE, COMMENT.matcher(text).replaceAll(""));
        return type.startsWith("text/css") ? all(IN_STYLE, text) : Stream.empty();
    }

    private static Stream<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map((MatchResult result) -> result.group(1));
    }

    private static String textOf(HttpResponse<byte[]> response) throws IOException {
        byte[] body = response.body();
        if (response.headers().firstValue("Content-Encoding").orElse("").equals("gzip")) {
            body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
        }
        return new String(body, StandardCharsets.UTF_8);
    }
}
