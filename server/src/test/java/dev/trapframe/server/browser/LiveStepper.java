package dev.trapframe.server.browser;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** A stepper on a page, as its reader sees it. Every lookup is made anew: panes redraw their rows. */
final class LiveStepper {

    private final Chromium chromium;
    private final String selector;

    /** @param selector of the {@code trapframe-stepper} element */
    LiveStepper(Chromium chromium, String selector) {
        this.chromium = chromium;
        this.selector = selector;
    }

    WebElement element() {
        return chromium.driver().findElement(By.cssSelector(selector));
    }

    WebElement part(String name) {
        return find("[data-part=" + name + "]");
    }

    WebElement find(String css) {
        return chromium.driver().findElement(By.cssSelector(selector + " " + css));
    }

    List<WebElement> all(String css) {
        return chromium.driver().findElements(By.cssSelector(selector + " " + css));
    }

    LiveStepper awaitLive() {
        chromium.await(selector + " is live", driver -> element().getDomAttribute("data-live") != null);
        return this;
    }

    String position() {
        return element().getDomAttribute("data-position");
    }

    void press(CharSequence... keys) {
        find("[data-go=step]").sendKeys(keys);
    }

    void pressWithShift(Keys key) {
        press(Keys.chord(Keys.SHIFT, key));
    }

    void chooseMicroOps() {
        find("[data-grain=micro]").click();
    }

    void chooseSteps() {
        find("[data-grain=step]").click();
    }

    /** Presses the step key until the condition holds. */
    void stepUntil(BooleanSupplier condition, int most) {
        for (int i = 0; i < most; i++) {
            if (condition.getAsBoolean()) return;
            press(Keys.ARROW_RIGHT);
        }
        if (!condition.getAsBoolean()) throw new AssertionError("not reached after " + most + " steps: " + position());
    }

    /** What the row of a field shows as its value; empty if no row has the field. */
    String stackValue(String field) {
        return stackRow(
                field,
                "const value = row.querySelector('.value'); return (value.querySelector('ins') ?? value).textContent.trim()");
    }

    /** Who wrote it: {@code CPU 4.17}. */
    String stackWriter(String field) {
        return stackRow(field, "return row.querySelector('.who').textContent.trim()");
    }

    private String stackRow(String field, String read) {
        Object text = chromium.script(
                "for (const row of document.querySelectorAll(arguments[0] + ' tr.word')) {"
                        + " const names = [...row.querySelectorAll('.field')].map((it) => it.textContent.trim().split(' ').pop());"
                        + " if (names.includes(arguments[1])) {" + read + "} } return ''",
                selector,
                field);
        return text.toString();
    }

    String register(String name) {
        List<WebElement> changed = all("[data-register=" + name + "] ins");
        return (changed.isEmpty() ? find("[data-register=" + name + "]") : changed.get(0)).getText();
    }

    String text(String part) {
        return part(part).getText();
    }
}
