package dev.trapframe.server.browser;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.stepper.FixtureTrace;
import dev.trapframe.server.stepper.StepperPlace;
import dev.trapframe.server.stepper.StepperView;
import dev.trapframe.server.stepper.StepperViews;
import dev.trapframe.server.trace.TraceJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.thymeleaf.TemplateEngine;
import org.thymeleaf.context.Context;
import org.thymeleaf.templatemode.TemplateMode;
import org.thymeleaf.templateresolver.FileTemplateResolver;

/**
 * A small site with the project's own templates, modules and styles over the hand-written traces: what the modules' tests and
 * the comparison of the two drawings run on, without machine or database.
 */
final class FixtureSite implements AutoCloseable {

    /** Without unsafe-inline, as on the real site: a style attribute would not show. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'self'";

    private static final Path ROOT = rootOf(Path.of("").toAbsolutePath());
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "json", "application/json",
            "svg", "image/svg+xml");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final TemplateEngine templates = new TemplateEngine();

    FixtureSite() throws IOException {
        FileTemplateResolver resolver = new FileTemplateResolver();
        resolver.setPrefix(ROOT.resolve("templates") + "/");
        resolver.setSuffix(".html");
        resolver.setCharacterEncoding("UTF-8");
        resolver.setTemplateMode(TemplateMode.HTML);
        templates.setTemplateResolver(resolver);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::serveFile);
        server.createContext("/lessons/fixture", this::serveLesson);
        server.createContext("/api/v1/traces/", exchange -> serve(exchange, resource("page-fault.json"), "json"));
        server.createContext(
                "/api/v1/attempts/1/trace", exchange -> serve(exchange, resource("page-fault-hidden.json"), "json"));
        server.createContext("/api/v1/busy", FixtureSite::refuse);
        server.start();
    }

    String url(String path) {
        return "http://localhost:" + server.getAddress().getPort() + path;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void serveLesson(HttpExchange exchange) throws IOException {
        Map<String, String> query = query(exchange);
        Map<String, Object> model = Map.of("lesson", lesson(query));
        try {
            String page = templates.process("lesson", new Context(Locale.ENGLISH, model));
            serve(exchange, page.getBytes(StandardCharsets.UTF_8), "html");
        } catch (RuntimeException e) {
            // The JDK's server drops what a handler throws: a page that says so fails the test with the cause.
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            serve(exchange, trace.toString().getBytes(StandardCharsets.UTF_8), "txt");
        }
    }

    private static Map<String, Object> lesson(Map<String, String> query) {
        StepperView stepper = stepper(FixtureTrace.pageFault(), "stepper", "step", query, traceUrl(query));
        StepperView hidden =
                stepper(FixtureTrace.hiddenPageFault(), "item-stepper", "item-step", query, "/api/v1/attempts/1/trace");
        return Map.of(
                "slug",
                "fixture",
                "title",
                "A page fault from user mode",
                "minutes",
                20,
                "position",
                "Lesson 1 of 2",
                "objectives",
                List.of("say what the processor pushes"),
                "toc",
                List.of(Map.of("id", "before", "title", "Before the fault")),
                "parts",
                List.of(
                        Map.of("kind", "html", "html", "<h2 id=\"before\">Before the fault</h2><p>Text.</p>"),
                        Map.of("kind", "stepper", "stepper", stepper),
                        Map.of("kind", "item", "item", item(hidden))));
    }

    /** With {@code broken=yes} in the address the trace cannot be had. */
    private static String traceUrl(Map<String, String> query) {
        return query.containsKey("broken") ? "/api/v1/busy" : "/api/v1/traces/0/1";
    }

    private static StepperView stepper(
            TraceJson trace, String id, String parameter, Map<String, String> query, String traceUrl) {
        Map<String, String> kept = new HashMap<>(query);
        kept.remove(parameter);
        Position asked = Position.parse(query.getOrDefault(parameter, "0")).orElse(Position.START);
        StepperPlace place = new StepperPlace(
                id, trace.program().title() + " (" + parameter + ")", parameter, kept, Position.START, traceUrl, null);
        return StepperViews.of(trace, asked, place);
    }

    private static Map<String, Object> item(StepperView stepper) {
        Map<String, Object> item = new HashMap<>();
        item.put("id", "fill-the-frame");
        item.put("title", "Fill the frame");
        item.put("promptHtml", "<p>Which six words?</p>");
        item.put("attempt", "1");
        item.put("state", "new");
        item.put("triesAllowed", 3);
        item.put("triesLeft", 3);
        item.put("tryUrl", "/lessons/fixture");
        item.put("giveUpUrl", "/lessons/fixture");
        item.put("againUrl", "/lessons/fixture");
        item.put("csrf", "");
        item.put("key", "k");
        item.put("message", "");
        item.put("right", 0);
        item.put("of", 2);
        item.put("traceUrl", "/api/v1/attempts/1/trace");
        item.put("stepper", stepper);
        item.put("rows", List.of(row("frame.ss", "SS"), row("frame.error_code", "error code")));
        return item;
    }

    private static Map<String, Object> row(String slot, String label) {
        return Map.of("slot", slot, "label", label, "points", 1, "yours", "", "verdict", "", "why", "", "expected", "");
    }

    private void serveFile(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Path file = path.startsWith("/module-tests/")
                ? ROOT.resolve("server/src/test/resources/js").resolve(path.substring("/module-tests/".length()))
                : ROOT.resolve("static").resolve(path.substring(1));
        String type = path.substring(path.lastIndexOf('.') + 1);
        if (!file.normalize().startsWith(ROOT) || !Files.isRegularFile(file)) {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        } else {
            serve(exchange, Files.readAllBytes(file), type);
        }
    }

    private static void refuse(HttpExchange exchange) throws IOException {
        byte[] problem =
                "{\"title\": \"Too many requests\", \"detail\": \"Wait a minute.\"}".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(429, problem.length);
        exchange.getResponseBody().write(problem);
        exchange.close();
    }

    private static void serve(HttpExchange exchange, byte[] body, String type) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Content-Type", TYPES.getOrDefault(type, "application/octet-stream"));
        exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static byte[] resource(String name) throws IOException {
        return Files.readAllBytes(ROOT.resolve("server/src/test/resources/js").resolve(name));
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String text = exchange.getRequestURI().getQuery();
        if (text == null) return query;
        for (String pair : text.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) query.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return query;
    }

    /** The folder with templates/ and static/, wherever the tests are started. */
    private static Path rootOf(Path folder) {
        Path at = folder;
        while (at != null && !Files.isDirectory(at.resolve("templates"))) at = at.getParent();
        if (at == null) throw new IllegalStateException("no folder above " + folder + " has templates/");
        return at;
    }
}
