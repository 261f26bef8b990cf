package dev.trapframe.server.web;

import io.javalin.http.Context;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.thymeleaf.TemplateEngine;
import org.thymeleaf.templatemode.TemplateMode;
import org.thymeleaf.templateresolver.AbstractConfigurableTemplateResolver;
import org.thymeleaf.templateresolver.ClassLoaderTemplateResolver;
import org.thymeleaf.templateresolver.FileTemplateResolver;

/** Renders the Thymeleaf templates of {@code templates/}. Thread-safe. */
public final class Pages {

    static final String MEDIA_TYPE = "text/html; charset=utf-8";

    private final TemplateEngine engine = new TemplateEngine();

    private Pages(AbstractConfigurableTemplateResolver resolver, boolean cached) {
        resolver.setTemplateMode(TemplateMode.HTML);
        resolver.setSuffix(".html");
        resolver.setCharacterEncoding("UTF-8");
        resolver.setCacheable(cached);
        engine.setTemplateResolver(resolver);
    }

    /** Templates from the class path, each read once. */
    public static Pages fromClassPath() {
        ClassLoaderTemplateResolver resolver = new ClassLoaderTemplateResolver(Pages.class.getClassLoader());
        resolver.setPrefix("templates/");
        return new Pages(resolver, true);
    }

    /**
     * Templates from a folder.
     *
     * @param cached false to read them anew for each page
     */
    public static Pages fromFolder(Path folder, boolean cached) {
        FileTemplateResolver resolver = new FileTemplateResolver();
        resolver.setPrefix(folder.toAbsolutePath() + "/");
        return new Pages(resolver, cached);
    }

    /** Answers with a complete page. */
    public void send(Context ctx, String template, Map<String, Object> model) {
        ctx.html(render(template, model)).contentType(MEDIA_TYPE);
    }

    /**
     * A complete page.
     *
     * @param template name without folder and suffix
     * @param model    what the template's expressions see
     */
    String render(String template, Map<String, Object> model) {
        return engine.process(template, new org.thymeleaf.context.Context(Locale.ENGLISH, model));
    }
}
