package dev.trapframe.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The modules' own tests, {@code src/test/resources/js/*.test.js}, in the browser that will run the modules. */
@DisplayName("ES modules")
class ModulesIT {

    private static final String DONE = "return document.getElementById('results')?.dataset.done";
    private static final String RESULTS =
            "return [...document.querySelectorAll('#results li')].map((row) => ({...row.dataset}))";

    @TestFactory
    @DisplayName("pass their tests")
    Stream<DynamicTest> passTheirTests() throws Exception {
        List<Map<String, String>> results = run();
        assertThat(results).as("tests that ran").hasSizeGreaterThan(30);
        return results.stream()
                .map(result -> DynamicTest.dynamicTest(
                        result.get("name"),
                        () -> assertThat(result.get("result"))
                                .as(result.get("error"))
                                .isEqualTo("passed")));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, String>> run() throws Exception {
        try (FixtureSite site = new FixtureSite();
                Chromium chromium = Chromium.start()) {
            chromium.driver().get(site.url("/module-tests/run.html"));
            Object count = chromium.await("the modules' tests end", driver -> chromium.script(DONE));
            List<Map<String, String>> results = (List<Map<String, String>>) chromium.script(RESULTS);
            assertThat(results).as("every test has a result").hasSize(Integer.parseInt(count.toString()));
            return results;
        }
    }
}
