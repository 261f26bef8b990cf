package dev.trapframe.server.app;

import dev.trapframe.emulator.InstructionReference;
import dev.trapframe.emulator.Machine;
import dev.trapframe.emulator.overlay.BadDeclaration;
import dev.trapframe.server.attempt.AttemptDao;
import dev.trapframe.server.attempt.AttemptRoutes;
import dev.trapframe.server.attempt.Attempts;
import dev.trapframe.server.content.ContentError;
import dev.trapframe.server.content.ScenarioReader;
import dev.trapframe.server.database.Database;
import dev.trapframe.server.database.DatabaseUnavailable;
import dev.trapframe.server.database.ServerSecretDao;
import dev.trapframe.server.item.ItemTraces;
import dev.trapframe.server.item.SolutionDao;
import dev.trapframe.server.item.SolutionImport;
import dev.trapframe.server.learner.LearnerDao;
import dev.trapframe.server.learner.Learners;
import dev.trapframe.server.lesson.ItemViews;
import dev.trapframe.server.lesson.LessonLoader;
import dev.trapframe.server.lesson.LessonPages;
import dev.trapframe.server.lesson.LessonRoutes;
import dev.trapframe.server.lesson.Track;
import dev.trapframe.server.reference.ReferenceRoutes;
import dev.trapframe.server.scenario.BadProgram;
import dev.trapframe.server.scenario.GnuToolchain;
import dev.trapframe.server.scenario.ProgramLibrary;
import dev.trapframe.server.scenario.RecipeReader;
import dev.trapframe.server.scenario.StructLibrary;
import dev.trapframe.server.scenario.Toolchain;
import dev.trapframe.server.trace.MachineRunner;
import dev.trapframe.server.trace.TooManyRuns;
import dev.trapframe.server.trace.TraceComposer;
import dev.trapframe.server.trace.TraceRoutes;
import dev.trapframe.server.trace.TraceService;
import dev.trapframe.server.trace.TraceSettings;
import dev.trapframe.server.web.BodyLimit;
import dev.trapframe.server.web.Cors;
import dev.trapframe.server.web.Csrf;
import dev.trapframe.server.web.ErrorPages;
import dev.trapframe.server.web.LearnerCookie;
import dev.trapframe.server.web.Pages;
import dev.trapframe.server.web.ProblemJson;
import dev.trapframe.server.web.RateLimit;
import dev.trapframe.server.web.RequestOrigin;
import dev.trapframe.server.web.SecurityHeaders;
import dev.trapframe.server.web.StaticFiles;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The composition root: every object is made here, and every route is registered here. */
public final class Application {

    private static final Logger LOG = LoggerFactory.getLogger(Application.class);

    private final Config config;
    private final Database database;
    private final SecureRandom random = new SecureRandom();
    private final Pages pages;
    private final StaticFiles staticFiles;
    private final ErrorPages errorPages;
    private final RecipeReader recipes;
    private final TraceService traces;
    private final TraceComposer composer;
    private final ItemTraces itemTraces;
    private final SolutionDao solutions;
    private final Content content;

    private Application(Config config, Path lessons, Database database) {
        this.config = config;
        this.database = database;
        this.pages = config.content()
                .map(tree -> Pages.fromFolder(tree.resolve("templates"), !config.dev()))
                .orElseGet(Pages::fromClassPath);
        this.staticFiles = config.content()
                .map(tree -> StaticFiles.fromFolder(tree.resolve("static"), !config.dev()))
                .orElseGet(StaticFiles::fromClassPath);
        this.errorPages = new ErrorPages(pages);
        Toolchain tools = new GnuToolchain();
        ProgramLibrary programs = new ProgramLibrary(lessons.resolve("programs"), tools);
        StructLibrary structs = StructLibrary.read(lessons.resolve("programs"));
        this.recipes = new RecipeReader(programs, structs.names());
        this.traces = new TraceService(
                programs, structs, MachineRunner.emulator(), Machine.REVISION, TraceSettings.standard());
        this.composer = new TraceComposer(tools);
        this.itemTraces = new ItemTraces(traces, composer);
        this.solutions = new SolutionDao(database);
        this.content = new Content(lessons, config.dev(), this::load);
    }

    /**
     * Starts a server; when this returns, it answers.
     *
     * @throws StartFailure saying what to do, if the port, the data folder, the database or the content is not usable
     */
    public static RunningServer start(Config config) throws StartFailure {
        Listener.requireFree(config.host(), config.port());
        Path lessons = ContentFolder.lessons(config.content());
        Database database = openDatabase(config);
        try {
            return new Application(config, lessons, database).start();
        } catch (ContentError | BadProgram | BadDeclaration e) {
            database.close();
            throw new StartFailure(String.valueOf(e.getMessage()), e);
        } catch (StartFailure | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private static Database openDatabase(Config config) throws StartFailure {
        if (config.databaseUrl().isEmpty()) DataFolder.prepare(config.data());
        try {
            return Database.open(config.databaseUrl().orElseGet(() -> Database.embeddedUrl(config.data())));
        } catch (DatabaseUnavailable e) {
            throw new StartFailure(e.getMessage(), e);
        }
    }

    private RunningServer start() throws StartFailure {
        if (!config.dev()) content.current(); // in dev mode the page that is asked for says what is wrong
        Javalin javalin = Listener.start(Javalin.create(this::configure), config);
        return new RunningServer(javalin, publicUrl(javalin.port()), () -> {
            traces.close();
            database.close();
        });
    }

    private String publicUrl(int port) {
        if (config.baseUrl().isPresent()) return config.baseUrl().get().toString();
        String host = config.host();
        if (host.equals("127.0.0.1") || host.equals("0.0.0.0") || host.equals("::")) host = "localhost";
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    private Track load(Path lessons) {
        Track track = new LessonLoader(new ScenarioReader(recipes)).load(lessons);
        new SolutionImport(solutions, itemTraces).importAll(track.items());
        return track;
    }

    private void configure(JavalinConfig javalin) {
        javalin.startup.showJavalinBanner = false;
        javalin.http.maxRequestSize = BodyLimit.BYTES;
        javalin.http.prefer405over404 = true;
        javalin.http.compressionStrategy = CompressionStrategy.GZIP;
        javalin.router.javaLangErrorHandler((response, error) -> {
            LOG.error("a request failed", error);
            response.setStatus(500);
        });
        Listener.configure(javalin.jetty, config);
        registerBase(javalin.routes);
        registerFeatures(javalin.routes);
        registerProblems(javalin.routes);
        for (String path : StaticFiles.PATHS) javalin.routes.get(path, staticFiles::serve);
    }

    private void registerBase(RoutesConfig routes) {
        SecurityHeaders headers = new SecurityHeaders(config.isHttps());
        routes.before(ctx -> {
            headers.add(ctx);
            Cors.addForApi(ctx);
            BodyLimit.check(ctx);
        });
        routes.get("/healthz", this::health);
    }

    private void registerFeatures(RoutesConfig routes) {
        RequestOrigin origin = new RequestOrigin(config.baseUrl());
        Csrf csrf = new Csrf(new ServerSecretDao(database, random).secret("csrf"), origin);
        Learners learners = new Learners(new LearnerDao(database), random);
        LearnerCookie cookie = new LearnerCookie(learners, csrf, origin, config.isHttps());
        RateLimit tries = new RateLimit(config.requestsPerMinute());
        RateLimit computing = new RateLimit(config.requestsPerMinute());
        Attempts attempts = new Attempts(new AttemptDao(database), solutions, Machine.REVISION, random);
        ItemViews itemViews = new ItemViews(attempts, itemTraces, cookie);
        LessonPages lessonPages = new LessonPages(traces, composer, itemViews);

        new LessonRoutes(content::current, pages, lessonPages, attempts, cookie, tries).register(routes);
        new AttemptRoutes(attempts, id -> content.current().item(id), itemTraces, cookie, tries, computing)
                .register(routes);
        routes.before("/api/v1/traces", computing::countChanging);
        new TraceRoutes(traces, recipes, composer).register(routes);
        new ReferenceRoutes(InstructionReference.catalog(), pages).register(routes);
    }

    /** After the features: a page that fails is answered with a page, whatever feature failed. */
    private void registerProblems(RoutesConfig routes) {
        errorPages.register(routes);
        routes.exception(TooManyRuns.class, (e, ctx) -> {
            ctx.header("Retry-After", Integer.toString(e.retryAfterSeconds()));
            errorPages.answer(ctx, new ProblemJson("too-many-runs", "All workers are busy", 429, e.getMessage(), null));
        });
        routes.exception(ContentError.class, this::answerContentError);
        routes.exception(BadProgram.class, this::answerContentError);
    }

    /** What is wrong with the content is for who writes it, in dev mode; otherwise such a server does not start. */
    private void answerContentError(RuntimeException e, Context ctx) {
        LOG.error("the content cannot be used: {}", e.getMessage());
        String detail = config.dev() ? e.getMessage() : null;
        errorPages.answer(ctx, new ProblemJson("content", "The content cannot be used", 500, detail, null));
    }

    private void health(Context ctx) {
        ctx.header("Cache-Control", "no-store");
        if (database.isReachable()) {
            ctx.result("ok");
        } else {
            ctx.status(503).result("the database cannot be reached");
        }
    }
}
