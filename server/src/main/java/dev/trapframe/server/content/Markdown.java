package dev.trapframe.server.content;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/** Markdown to HTML. HTML in the source is shown as text, and an address that would run a script loses it. */
public final class Markdown {

    private static final Parser PARSER =
            Parser.builder().includeSourceSpans(IncludeSourceSpans.BLOCKS).build();

    private static final HtmlRenderer RENDERER = HtmlRenderer.builder()
            .escapeHtml(true)
            .sanitizeUrls(true)
            .attributeProviderFactory(context -> Markdown::addHeadingId)
            .build();

    private Markdown() {}

    public static Node parse(String text) {
        return PARSER.parse(text);
    }

    public static String toHtml(Node node) {
        return RENDERER.render(node);
    }

    public static String toHtml(String text) {
        return toHtml(parse(text));
    }

    /** The words of a heading. */
    public static String textOf(Node node) {
        StringBuilder text = new StringBuilder();
        node.accept(new AbstractVisitor() {
            @Override
            public void visit(Text word) {
                text.append(word.getLiteral());
            }

            @Override
            public void visit(Code code) {
                text.append(code.getLiteral());
            }
        });
        return text.toString();
    }

    /** The id that a heading has on the page: its words, in lower case, with hyphens. */
    public static String idOf(Heading heading) {
        String id = textOf(heading)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
        return id.isEmpty() ? "section" : id;
    }

    private static void addHeadingId(Node node, String tag, Map<String, String> attributes) {
        if (node instanceof Heading heading) attributes.put("id", idOf(heading));
    }

    /** Line of a block within its text, from 0. */
    public static int lineOf(Node block) {
        List<SourceSpan> spans = block.getSourceSpans();
        return spans.isEmpty() ? 0 : spans.get(0).getLineIndex();
    }
}
