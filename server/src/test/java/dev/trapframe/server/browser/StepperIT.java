package dev.trapframe.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

@DisplayName("The stepper in a browser")
class StepperIT {

    private static final String ERROR_CODE_PUSHED = "4.17";

    private static FixtureSite site;
    private static Chromium chromium;
    private final LiveStepper stepper = new LiveStepper(chromium, "#stepper");

    @BeforeAll
    static void start() throws Exception {
        site = new FixtureSite();
        chromium = Chromium.start();
    }

    @AfterAll
    static void stop() {
        chromium.close();
        site.close();
    }

    @BeforeEach
    void forget() {
        chromium.resize(1440, 1000);
        chromium.driver().get(site.url("/icon.svg"));
        chromium.script("localStorage.clear()");
    }

    private void open(String path) {
        chromium.driver().get(site.url(path));
        stepper.awaitLive();
    }

    private void awaitAddress(String part) {
        chromium.await(
                "the address has " + part, driver -> driver.getCurrentUrl().contains(part));
    }

    @Test
    @DisplayName("is stepped by keyboard, micro-op by micro-op, to the pushed error code")
    void isSteppedByKeyboard() {
        open("/lessons/fixture");
        for (int i = 0; i < 4; i++) stepper.press(Keys.ARROW_RIGHT);
        assertThat(stepper.position()).isEqualTo("4");
        stepper.press("m");
        stepper.stepUntil(() -> stepper.position().equals(ERROR_CODE_PUSHED), 20);

        assertThat(stepper.stackValue("orig_ax")).isEqualTo("00000000_00000006");
        assertThat(stepper.stackWriter("orig_ax")).isEqualTo("CPU " + ERROR_CODE_PUSHED);
        assertThat(stepper.part("live").getDomProperty("textContent"))
                .isEqualTo("Step 5 of 42, the processor: push the error code: frame.error_code = 0x6.");
        assertThat(stepper.text("explain-title")).isEqualTo("push the error code");
        awaitAddress("step=" + ERROR_CODE_PUSHED);
    }

    @Test
    @DisplayName("goes forward and back by every key that it shows")
    void obeysItsKeys() {
        open("/lessons/fixture?step=4.3");
        stepper.press("j");
        assertThat(stepper.position()).isEqualTo("4.4");
        stepper.press("k");
        assertThat(stepper.position()).isEqualTo("4.3");
        stepper.press(Keys.ARROW_LEFT);
        assertThat(stepper.position()).isEqualTo("4.2");
        stepper.pressWithShift(Keys.ARROW_RIGHT);
        assertThat(stepper.position()).isEqualTo("5");
        stepper.pressWithShift(Keys.ARROW_LEFT);
        assertThat(stepper.position()).isEqualTo("4");
        stepper.press(Keys.END);
        assertThat(stepper.position()).isEqualTo("42");
        stepper.press(Keys.HOME);
        assertThat(stepper.position()).isEqualTo("0");
        stepper.press("?");
        assertThat(stepper.part("help").isDisplayed()).isTrue();
    }

    @Test
    @DisplayName("leaves keys alone while the focus is elsewhere or in a field")
    void leavesOtherKeysAlone() {
        open("/lessons/fixture?step=3");
        WebElement field = chromium.driver().findElement(By.name("frame.ss"));
        field.sendKeys("0x3j", Keys.ARROW_LEFT);

        assertThat(field.getDomProperty("value")).isEqualTo("0x3j");
        assertThat(stepper.position()).isEqualTo("3");
        chromium.driver().findElement(By.cssSelector(".brand")).sendKeys("j");
        assertThat(stepper.position()).isEqualTo("3");
    }

    @Test
    @DisplayName("is stepped by its buttons, too, and remembers the grain")
    void isSteppedByButtons() {
        open("/lessons/fixture");
        stepper.find("[data-go=last]").click();
        assertThat(stepper.position()).isEqualTo("42");
        stepper.find("[data-go=back]").click();
        assertThat(stepper.position()).isEqualTo("41");
        stepper.chooseMicroOps();
        stepper.find("[data-go=back]").click();
        assertThat(stepper.position()).isEqualTo("40.2");
        stepper.find("[data-go=first]").click();
        open("/lessons/fixture");
        stepper.find("[data-go=step]").click();
        assertThat(stepper.position()).isEqualTo("0.1");
    }

    @Test
    @DisplayName("asks nothing of the network once it is loaded")
    void needsNoNetwork() {
        open("/lessons/fixture");
        String requests = "return performance.getEntriesByType('resource').length";
        Object before = chromium.script(requests);
        stepper.press(Keys.END);
        stepper.press(Keys.HOME);
        for (int i = 0; i < 10; i++) stepper.press(Keys.ARROW_RIGHT);

        assertThat(chromium.script(requests)).isEqualTo(before);
    }

    @Test
    @DisplayName("comes back at the same position when the page is reloaded")
    void survivesAReload() {
        open("/lessons/fixture?step=4.9");
        stepper.press(Keys.ARROW_RIGHT);
        awaitAddress("step=4.10");
        chromium.driver().navigate().refresh();
        stepper.awaitLive();

        assertThat(stepper.position()).isEqualTo("4.10");
    }

    @Test
    @DisplayName("goes to who wrote a word by a link, and back by the browser's back button")
    void comesBackByTheBackButton() {
        open("/lessons/fixture?step=21");
        stepper.find("tr[data-address='0xfffffe0000002fd0'] .who a").click();
        assertThat(stepper.position()).isEqualTo(ERROR_CODE_PUSHED);
        awaitAddress("step=" + ERROR_CODE_PUSHED);
        chromium.driver().navigate().back();
        chromium.await("position 21", driver -> stepper.position().equals("21"));
        chromium.driver().navigate().forward();
        chromium.await("the writer again", driver -> stepper.position().equals(ERROR_CODE_PUSHED));
    }

    @Test
    @DisplayName("has a timeline that is clicked, dragged and moved by keys, and says where it is")
    void hasATimeline() {
        open("/lessons/fixture");
        WebElement slider = stepper.part("slider");
        int width = slider.getSize().getWidth();
        new Actions(chromium.driver()).moveToElement(slider).click().perform();
        String middle = stepper.position();
        assertThat(middle).isNotEqualTo("0");
        new Actions(chromium.driver())
                .moveToElement(slider)
                .clickAndHold()
                .moveByOffset(width / 2 - 1, 0)
                .release()
                .perform();
        assertThat(Double.parseDouble(stepper.position())).isGreaterThan(Double.parseDouble(middle));
        slider.sendKeys(Keys.HOME);
        slider.sendKeys(Keys.PAGE_DOWN);
        assertThat(stepper.position()).isEqualTo("4.2");
        assertThat(slider.getDomAttribute("aria-valuetext"))
                .isEqualTo("step 5 of 42, micro-op 2 of 18, position 4.2, user");
    }

    @Test
    @DisplayName("lays another struct over the same bytes, and shows another stack, at the reader's choice")
    void laysAnotherStruct() {
        open("/lessons/fixture?step=21");
        String address = addressOf("cs");
        stepper.find("[data-part=overlay-select] option[value=extended_pt_regs]")
                .click();
        assertThat(stepper.stackValue("cs")).isEmpty();
        assertThat(stepper.stackValue("pt_regs.cs")).isEqualTo("00000000_00000033");
        assertThat(addressOf("pt_regs.cs")).isEqualTo(address);
        stepper.find("[data-part=stack-select] option[value=user]").click();
        assertThat(stepper.text("stack-title")).isEqualTo("User stack");
    }

    private String addressOf(String field) {
        return stepper.all("tr.word").stream()
                .filter(row -> row.findElements(By.className("field")).stream()
                        .anyMatch(it -> it.getText().endsWith(" " + field)))
                .findFirst()
                .orElseThrow()
                .getDomAttribute("data-address");
    }

    @Test
    @DisplayName("says in the server's words why the trace cannot be had, and still steps by links")
    void fallsBackToLinks() {
        chromium.driver().get(site.url("/lessons/fixture?step=3&broken=yes"));
        WebElement card = chromium.await("the error card", driver -> {
            WebElement it = stepper.part("error");
            return it.isDisplayed() ? it : null;
        });
        assertThat(card.getText()).contains("Too many requests: Wait a minute.").contains("Try again");
        stepper.find("[data-link=micro]").click();
        chromium.await("position 3.1", driver -> stepper.position().equals("3.1"));
    }

    @ParameterizedTest(name = "{0} pixels")
    @ValueSource(ints = {320, 390, 768, 1024, 1440, 2560})
    @DisplayName("never makes the page scroll sideways")
    void fits(int width) {
        // A window has a least width of its own; the viewport that a page sees has not.
        chromium.setViewport(width, 900);
        try {
            for (String position : List.of("0", ERROR_CODE_PUSHED, "21")) {
                open("/lessons/fixture?step=" + position + "&item-step=" + position);
                assertThat(chromium.script("return innerWidth")).as("viewport").isEqualTo((long) width);
                assertThat(chromium.script("return document.documentElement.scrollWidth - innerWidth"))
                        .as("overflow at %s", position)
                        .isEqualTo(0L);
            }
        } finally {
            chromium.clearViewport();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"light", "dark"})
    @DisplayName("has nothing that axe-core finds fault with")
    void isAccessible(String theme) {
        open("/lessons/fixture?step=" + ERROR_CODE_PUSHED + "&item-step=" + ERROR_CODE_PUSHED);
        chromium.script("localStorage.setItem('trapframe-theme', arguments[0])", theme);
        chromium.driver().navigate().refresh();
        stepper.awaitLive();
        stepper.press("?");

        assertThat(chromium.script("return document.documentElement.dataset.theme"))
                .isEqualTo(theme);
        assertThat(Accessibility.violations(chromium)).isEmpty();
    }

    @Test
    @DisplayName("breaks no rule of the site's content policy")
    void keepsThePolicy() {
        chromium.consoleErrors();
        open("/lessons/fixture?step=" + ERROR_CODE_PUSHED);
        stepper.press(Keys.ARROW_RIGHT);
        stepper.press(Keys.END);

        assertThat(chromium.consoleErrors()).isEmpty();
    }
}
