package dev.trapframe.server.lesson;

import dev.trapframe.server.content.BlockHeader;
import dev.trapframe.server.content.ContentError;
import dev.trapframe.server.content.Markdown;
import dev.trapframe.server.content.ScenarioReader;
import dev.trapframe.server.content.YamlNode;
import dev.trapframe.server.item.ItemReader;
import dev.trapframe.server.lesson.Lesson.Part;
import dev.trapframe.server.lesson.Lesson.TocEntry;
import dev.trapframe.server.scenario.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;

/** Makes a lesson of one {@code lesson.md}: front matter, then Markdown with scenario and item blocks. Used once per file. */
final class LessonReader {

    private static final String FENCE = "---";
    private static final Set<String> FRONT_KEYS = Set.of("id", "title", "lang", "minutes", "objectives");

    private final String file;
    private final ScenarioReader scenarioReader;
    private final ItemReader itemReader;

    private final List<Part> parts = new ArrayList<>();
    private final List<TocEntry> headings = new ArrayList<>();
    private final StringBuilder prose = new StringBuilder();
    private String slug = "";
    private int firstBodyLine;

    /** @param file as messages name it */
    LessonReader(String file, ScenarioReader scenarioReader) {
        this.file = file;
        this.scenarioReader = scenarioReader;
        this.itemReader = new ItemReader(scenarioReader);
    }

    Lesson read(String text) {
        List<String> lines = text.lines().toList();
        int end = lines.isEmpty() || !lines.get(0).equals(FENCE)
                ? -1
                : lines.subList(1, lines.size()).indexOf(FENCE);
        if (end < 0) throw new ContentError(file, 1, "expected front matter: YAML between two lines of " + FENCE);
        YamlNode front = YamlNode.parse(file, 2, String.join("\n", lines.subList(1, end + 1)));
        front.requireKnownKeys(FRONT_KEYS);
        slug = BlockHeader.requireId(
                file, front.get("id").line(), front.get("id").text());
        firstBodyLine = end + 3;
        readBody(String.join("\n", lines.subList(end + 2, lines.size())));
        return new Lesson(
                slug,
                front.get("title").text(200),
                front.get("lang").text(20),
                front.get("minutes").integer(1, 240),
                front.get("objectives").list().stream()
                        .map(node -> node.text(300))
                        .toList(),
                parts,
                headings);
    }

    private void readBody(String markdown) {
        for (Node node = Markdown.parse(markdown).getFirstChild(); node != null; node = node.getNext()) {
            String kind = node instanceof FencedCodeBlock block ? firstWord(block.getInfo()) : "";
            switch (kind) {
                case "scenario" -> readScenario((FencedCodeBlock) node);
                case "item" -> readItem((FencedCodeBlock) node);
                default -> readProse(node);
            }
        }
        endProse();
    }

    private void readProse(Node node) {
        if (node instanceof Heading heading) readHeading(heading);
        prose.append(Markdown.toHtml(node));
    }

    private void readHeading(Heading heading) {
        if (heading.getLevel() == 1)
            throw new ContentError(
                    file, lineOf(heading), "expected ## or deeper: the title is the only heading of level 1");
        TocEntry entry = new TocEntry(Markdown.idOf(heading), Markdown.textOf(heading));
        if (heading.getLevel() != 2) return;
        if (headings.stream().anyMatch(earlier -> earlier.id().equals(entry.id()))) {
            throw new ContentError(
                    file, lineOf(heading), "expected headings that differ, found \"" + entry.title() + "\" again");
        }
        headings.add(entry);
    }

    private void readScenario(FencedCodeBlock block) {
        BlockHeader header = BlockHeader.parse(file, lineOf(block), block.getInfo(), Set.of("id"));
        endProse();
        parts.add(new Part.Machine(scenarioReader.read(header.id(file, lineOf(block)), yamlOf(block))));
    }

    private void readItem(FencedCodeBlock block) {
        int line = lineOf(block);
        BlockHeader header = BlockHeader.parse(file, line, block.getInfo(), Set.of("id", "scenario"));
        Optional<Scenario> named =
                Optional.ofNullable(header.attributes().get("scenario")).flatMap(this::scenario);
        endProse();
        parts.add(new Part.Question(itemReader.read(header.id(file, line), slug, yamlOf(block), named)));
    }

    private Optional<Scenario> scenario(String id) {
        return parts.stream()
                .filter(Part.Machine.class::isInstance)
                .map(part -> ((Part.Machine) part).scenario())
                .filter(scenario -> scenario.slug().equals(id))
                .findFirst();
    }

    private void endProse() {
        if (!prose.isEmpty()) parts.add(new Part.Prose(prose.toString()));
        prose.setLength(0);
    }

    private YamlNode yamlOf(FencedCodeBlock block) {
        return YamlNode.parse(file, lineOf(block) + 1, block.getLiteral());
    }

    private int lineOf(Node block) {
        return firstBodyLine + Markdown.lineOf(block);
    }

    private static String firstWord(String info) {
        return info == null ? "" : info.strip().split("\\s+", 2)[0];
    }
}
