package dev.trapframe.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.server.app.RunningServer;
import dev.trapframe.server.app.TestServer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;

/** The first lesson, on the real server, from the store that faults to the compared answer. */
@DisplayName("The lesson about a page fault")
class LessonIT {

    private static final String LESSON = "/lessons/page-fault-from-user-mode";
    private static final String USER_LOAD = "0x401012";

    /**
     * What a careful reader of {@code fill-the-frame.S} works out. The stack pointer is 28 below where it began; 7 + 0x7f gives 0x86,
     * which sets OF, SF and AF; STC sets CF; bit 1 and IF are set; RF is added to the stored image. Read, from user mode, no page: 4.
     */
    private static final Map<String, String> ANSWERS = answers();

    @TempDir
    static Path data;

    private static RunningServer server;
    private static Chromium chromium;
    private final LessonPage page = new LessonPage(chromium);

    private static Map<String, String> answers() {
        Map<String, String> answers = new LinkedHashMap<>();
        answers.put("frame.ss", "0x2b");
        answers.put("frame.rsp", "0x7ffd5e10fe25");
        answers.put("frame.rflags", "0x10a93");
        answers.put("frame.cs", "0x33");
        answers.put("frame.rip", USER_LOAD);
        answers.put("frame.error_code", "0x4");
        return answers;
    }

    @BeforeAll
    static void start() {
        server = TestServer.start(data);
        chromium = Chromium.start();
    }

    @AfterAll
    static void stop() {
        chromium.close();
        server.close();
    }

    /** Each test is somebody new. */
    @BeforeEach
    void forget() {
        chromium.resize(1440, 1000);
        chromium.driver().get(server.url() + "/icon.svg");
        chromium.driver().manage().deleteAllCookies();
        chromium.script("localStorage.clear()");
    }

    private void open(String query) {
        chromium.driver().get(server.url() + LESSON + query);
    }

    @Test
    @DisplayName("is stepped by keyboard, micro-op by micro-op, to the pushed error code, which stands on the page")
    void isSteppedToTheErrorCode() {
        open("");
        LiveStepper stepper = page.awaitLive().stepper();
        for (int i = 0; i < 4; i++) stepper.press(Keys.ARROW_RIGHT);
        stepper.press("m");
        stepper.stepUntil(() -> stepper.stackValue("orig_ax").matches("[0-9a-f_]+"), 40);

        assertThat(stepper.stackValue("orig_ax")).isEqualTo("00000000_00000006");
        assertThat(stepper.stackWriter("orig_ax")).isEqualTo("CPU " + stepper.position());
        assertThat(stepper.position()).startsWith("4.");
        assertThat(stepper.part("live").getDomProperty("textContent"))
                .contains("Step 5 of")
                .contains("0x6");
        assertThat(stepper.find(".micro[data-state=current]").getText()).startsWith("push");
    }

    @Test
    @DisplayName("is at the same place after a reload, and its links say where that is")
    void survivesAReload() {
        open("?step=4.9");
        page.awaitLive().stepper().press(Keys.ARROW_RIGHT);
        assertThat(page.stepper().position()).isEqualTo("4.10");
        chromium.await("the address follows", driver -> driver.getCurrentUrl().contains("step=4.10"));
        chromium.driver().navigate().refresh();

        assertThat(page.awaitLive().stepper().position()).isEqualTo("4.10");
    }

    @Test
    @DisplayName("tells right and wrong per slot, compares at the close, and proves each word by its step")
    void takesAnswers() {
        open("");
        page.awaitLive();
        assertThat(page.slots()).containsExactlyInAnyOrderElementsOf(ANSWERS.keySet());
        assertThat(page.triesLeft()).startsWith("3 of 3");
        page.type(ANSWERS);
        page.type(Map.of("frame.rip", "0x401016"));
        page.check();

        Map<String, String> verdicts = page.awaitVerdicts().verdicts();
        assertThat(verdicts.get("frame.rip")).isEqualTo("✗ wrong");
        assertThat(verdicts.get("frame.error_code")).isEqualTo("✓ right");
        assertThat(page.triesLeft()).startsWith("2");
        assertThat(chromium.driver().getPageSource()).doesNotContain("10a93 ").doesNotContain("00000000_00010a93");

        page.type(Map.of("frame.rip", USER_LOAD));
        page.check();
        Map<String, List<String>> comparison = page.awaitClosed().comparison();
        assertThat(page.result()).startsWith("6 of 6.");
        ANSWERS.forEach((slot, value) -> {
            assertThat(comparison.get(slot).get(0)).as("yours: %s", slot).isEqualTo(value + " ✓ right");
            assertThat(comparison.get(slot).get(1)).as("solution: %s", slot).isEqualTo(value);
        });
        followsAProof();
    }

    private void followsAProof() {
        chromium.await(
                "the whole trace",
                driver -> page.itemStepper()
                        .find("[data-part=explain-end]")
                        .getDomProperty("textContent")
                        .isEmpty());
        String before = page.itemStepper().position();
        String proof = page.proof("frame.error_code").getText().replaceAll("[^0-9.]", "");
        page.proof("frame.error_code").click();
        chromium.await("the proof", driver -> page.itemStepper().position().equals(proof));
        assertThat(page.itemStepper().stackValue("orig_ax")).isEqualTo("00000000_00000004");
        chromium.driver().navigate().back();
        chromium.await("back again", driver -> page.itemStepper().position().equals(before));
    }

    @Test
    @DisplayName("hides what is asked, says so, and shows it to who gives up")
    void hidesUntilTheClose() {
        open("?item-step=999");
        page.awaitLive();
        assertThat(page.itemStepper().stackValue("orig_ax")).isEqualTo("hidden until you answer");
        assertThat(chromium.driver().getPageSource()).doesNotContain("00010a93");
        page.giveUp();

        assertThat(page.awaitClosed().comparison().get("frame.rflags").get(0)).isEqualTo("— not answered");
        assertThat(page.comparison().get("frame.rflags").get(1)).isEqualTo("0x10a93");
        chromium.driver().navigate().refresh();
        assertThat(page.awaitClosed().state()).as("after a reload").isEqualTo("closed");
    }

    @Test
    @DisplayName("uses up no try for an answer that cannot be read, and says which")
    void refusesNonsense() {
        open("");
        page.awaitLive().type(ANSWERS);
        page.type(Map.of("frame.cs", "CS"));
        page.check();

        chromium.await("the refusal", driver -> page.verdicts().get("frame.cs").startsWith("✗"));
        assertThat(page.triesLeft()).startsWith("3 of 3");
    }

    @Test
    @DisplayName("is read, stepped and answered without scripts")
    void worksWithoutScripts() {
        try (Chromium plain = Chromium.startWithoutScripts()) {
            LessonPage still = new LessonPage(plain);
            plain.driver().get(server.url() + LESSON + "?step=4");
            for (int i = 0; i < 3; i++)
                still.stepper().find("[data-link=micro]").click();
            assertThat(still.stepper().position()).isEqualTo("4.3");
            still.stepper().find("[data-link=step]").click();
            assertThat(still.stepper().position()).isEqualTo("5");
            assertThat(still.stepper().stackValue("orig_ax")).isEqualTo("00000000_00000006");

            still.type(ANSWERS);
            still.type(Map.of("frame.cs", "0x10"));
            still.check();
            assertThat(still.awaitVerdicts().verdicts().get("frame.cs")).isEqualTo("✗ wrong");
            still.type(ANSWERS);
            still.check();
            assertThat(still.awaitClosed().result()).startsWith("6 of 6.");
            String proof = still.proof("frame.error_code").getText().replaceAll("[^0-9.]", "");
            still.proof("frame.error_code").click();
            assertThat(still.itemStepper().position()).isEqualTo(proof);
            assertThat(still.itemStepper().stackValue("orig_ax")).isEqualTo("00000000_00000004");
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"light", "dark"})
    @DisplayName("has nothing that axe-core finds fault with, in any theme")
    void isAccessible(String theme) {
        chromium.script("localStorage.setItem('trapframe-theme', arguments[0])", theme);
        open("?step=4.17");
        page.awaitLive();
        chromium.screenshot("lesson-" + theme);

        assertThat(Accessibility.violations(chromium)).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"/", "/lessons", "/lessons/no-such-lesson"})
    @DisplayName("stands among pages that are accessible, too, and lead on")
    void otherPagesAreAccessible(String path) {
        chromium.driver().get(server.url() + path);

        assertThat(chromium.driver().findElements(By.cssSelector("main a[href^='/lessons']")))
                .isNotEmpty();
        assertThat(Accessibility.violations(chromium)).isEmpty();
        chromium.screenshot("page-" + path.replaceAll("[^a-z]+", "-"));
    }

    @ParameterizedTest(name = "{0} pixels")
    @ValueSource(ints = {320, 390})
    @DisplayName("fits a small screen without scrolling sideways")
    void fits(int width) {
        chromium.setViewport(width, 844);
        try {
            open("?step=4.17");
            page.awaitLive();
            assertThat(chromium.script("return document.documentElement.scrollWidth - innerWidth"))
                    .isEqualTo(0L);
            chromium.script("arguments[0].scrollIntoView()", page.stepper().element());
            chromium.screenshot("lesson-" + width);
        } finally {
            chromium.clearViewport();
        }
    }

    @Test
    @DisplayName("breaks no rule of the site's content policy, and loads nothing from elsewhere")
    void keepsThePolicy() {
        chromium.consoleErrors();
        open("?step=4.17");
        page.awaitLive().stepper().press(Keys.END);

        assertThat(chromium.consoleErrors()).isEmpty();
        assertThat((List<?>) chromium.script("return performance.getEntriesByType('resource').map((it) => it.name)"))
                .isNotEmpty()
                .allMatch(url -> url.toString().startsWith(server.url()));
    }
}
