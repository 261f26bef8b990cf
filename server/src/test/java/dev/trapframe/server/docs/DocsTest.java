package dev.trapframe.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages in docs/ and at the top name only what is there. */
@DisplayName("The documentation")
class DocsTest {

    /** The working tree: the folder that holds the script. */
    private static final Path TREE = tree();

    /** {@code [text](target)}, also of pictures; addresses on the web are not ours to check. */
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|mailto:)([^)\\s]+)\\)");

    private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.*)$", Pattern.MULTILINE);

    /** {@code `path`} below one of our top folders, without a placeholder or a pattern in it. */
    private static final Pattern CODE_PATH =
            Pattern.compile("`((?:emulator|server|lessons|templates|static|docs|\\.ci|\\.mvn)/[\\w./-]+)`");

    private static final Pattern SCRIPT_COMMAND = Pattern.compile("\\./trapframe ([a-z]+)");

    private static Path tree() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("trapframe"))) folder = folder.getParent();
        return folder;
    }

    static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        try (Stream<Path> top = Files.list(TREE);
                Stream<Path> docs = Files.walk(TREE.resolve("docs"))) {
            Stream.concat(top, docs)
                    .filter(page -> page.toString().endsWith(".md"))
                    .sorted()
                    .forEach(pages::add);
        }
        return pages.stream().map(TREE::relativize).toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pages")
    @DisplayName("links to files and headings that exist")
    void linksResolve(Path page) throws IOException {
        assertThat(matches(LINK, textOutsideOfCode(page)))
                .allSatisfy(link -> assertThat(problemOf(page, link)).as(link).isEmpty());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pages")
    @DisplayName("names paths that exist")
    void pathsExist(Path page) throws IOException {
        assertThat(matches(CODE_PATH, Files.readString(TREE.resolve(page))))
                .allSatisfy(path -> assertThat(TREE.resolve(path)).exists());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pages")
    @DisplayName("names commands that the script has")
    void commandsExist(Path page) throws IOException {
        List<String> known = matches(
                Pattern.compile("^    ([a-z]+)\\) ", Pattern.MULTILINE), Files.readString(TREE.resolve("trapframe")));
        assertThat(known).contains("serve", "test");
        assertThat(known).containsAll(matches(SCRIPT_COMMAND, Files.readString(TREE.resolve(page))));
    }

    @Test
    @DisplayName("gives twelve files in the reading order")
    void readingOrderHasTwelveFiles() throws IOException {
        List<String> numbered = matches(
                Pattern.compile("^\\d+\\. \\[`?[^]]+`?\\]\\((\\.\\./[^)]+)\\)", Pattern.MULTILINE),
                Files.readString(TREE.resolve("docs/reading-order.md")));
        assertThat(numbered).hasSize(12).doesNotHaveDuplicates();
        assertThat(numbered)
                .allSatisfy(
                        file -> assertThat(TREE.resolve("docs").resolve(file)).isRegularFile());
    }

    @Test
    @DisplayName("keeps to its lengths: architecture under 150 lines, contributing at most 120")
    void staysShort() throws IOException {
        assertThat(Files.readAllLines(TREE.resolve("docs/architecture.md"))).hasSizeLessThan(150);
        assertThat(Files.readAllLines(TREE.resolve("CONTRIBUTING.md"))).hasSizeLessThanOrEqualTo(120);
    }

    /** What is wrong with a link; empty if nothing is. */
    private static String problemOf(Path page, String link) throws IOException {
        String file = link.replaceFirst("#.*", "");
        Path target = file.isEmpty()
                ? TREE.resolve(page)
                : TREE.resolve(page).resolveSibling(file).normalize();
        if (!Files.exists(target)) return page + " links to " + file + ", which does not exist";
        if (!link.contains("#")) return "";
        String anchor = link.substring(link.indexOf('#') + 1);
        boolean found = matches(HEADING, Files.readString(target)).stream()
                .map(DocsTest::anchorOf)
                .anyMatch(anchor::equals);
        return found ? "" : page + " links to #" + anchor + ", and " + target.getFileName() + " has no such heading";
    }

    /** The anchor that a heading gets where Markdown is shown: lower case, spaces to hyphens, other signs dropped. */
    private static String anchorOf(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    private static String textOutsideOfCode(Path page) throws IOException {
        return Files.readString(TREE.resolve(page))
                .replaceAll("(?ms)^```.*?^```", "")
                .replaceAll("`[^`\n]*`", "code");
    }

    private static List<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }
}
