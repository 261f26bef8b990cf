package dev.trapframe.server.browser;

import com.deque.html.axecore.results.Results;
import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import java.util.List;
import java.util.stream.Stream;

/** What axe-core finds on the page that a browser shows. */
final class Accessibility {

    private Accessibility() {}

    /** One line per violation and place; empty if there is none. */
    static List<String> violations(Chromium chromium) {
        Results results = new AxeBuilder()
                .withTags(List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"))
                .analyze(chromium.driver());
        return results.getViolations().stream().flatMap(Accessibility::lines).toList();
    }

    private static Stream<String> lines(Rule rule) {
        return rule.getNodes().stream()
                .map(node -> rule.getImpact() + " " + rule.getId() + " at " + node.getTarget() + ": " + node.getHtml());
    }
}
