package dev.trapframe.server.browser;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

/** A lesson with one stepper and one item, as its reader sees it. */
final class LessonPage {

    private static final String ITEM = ".item";

    private final Chromium chromium;
    private final LiveStepper stepper;
    private final LiveStepper itemStepper;

    LessonPage(Chromium chromium) {
        this.chromium = chromium;
        this.stepper = new LiveStepper(chromium, "trapframe-stepper[data-parameter=step]");
        this.itemStepper = new LiveStepper(chromium, "trapframe-stepper[data-parameter=item-step]");
    }

    LiveStepper stepper() {
        return stepper;
    }

    LiveStepper itemStepper() {
        return itemStepper;
    }

    LessonPage awaitLive() {
        stepper.awaitLive();
        itemStepper.awaitLive();
        return this;
    }

    private WebElement item(String css) {
        return chromium.driver().findElement(By.cssSelector(ITEM + " " + css));
    }

    String state() {
        return chromium.driver().findElement(By.cssSelector(ITEM)).getDomAttribute("data-state");
    }

    List<String> slots() {
        return chromium.driver().findElements(By.cssSelector(ITEM + " .answer")).stream()
                .map(row -> row.getDomAttribute("data-slot"))
                .toList();
    }

    /** Types over what stands there. */
    void type(Map<String, String> answers) {
        answers.forEach((slot, value) -> {
            WebElement field = item(".answer[data-slot='" + slot + "'] input");
            field.clear();
            field.sendKeys(value);
        });
    }

    void check() {
        item("[data-part=submit]").click();
    }

    void giveUp() {
        item("[data-part=give-up]").click();
    }

    String triesLeft() {
        return item("[data-part=tries]").getText();
    }

    String message() {
        return item("[data-part=message]").getText();
    }

    /** Slot to the words beside its field. */
    Map<String, String> verdicts() {
        Map<String, String> verdicts = new LinkedHashMap<>();
        for (WebElement row : chromium.driver().findElements(By.cssSelector(ITEM + " .answer"))) {
            verdicts.put(
                    row.getDomAttribute("data-slot"),
                    row.findElement(By.cssSelector("[data-part=verdict]")).getText());
        }
        return verdicts;
    }

    LessonPage awaitVerdicts() {
        chromium.await("verdicts", driver -> message().matches("\\d+ of \\d+ right.*"));
        return this;
    }

    LessonPage awaitClosed() {
        chromium.await(
                "the comparison",
                driver -> !driver.findElements(By.cssSelector(ITEM + " .comparison"))
                        .isEmpty());
        return this;
    }

    String result() {
        return item("[data-part=result]").getText();
    }

    /** Slot to the texts of the three columns: yours, solution, proof. */
    Map<String, List<String>> comparison() {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        for (WebElement row : chromium.driver().findElements(By.cssSelector(ITEM + " .comparison tbody tr"))) {
            rows.put(
                    row.getDomAttribute("data-slot"),
                    row.findElements(By.tagName("td")).stream()
                            .map(WebElement::getText)
                            .toList());
        }
        return rows;
    }

    WebElement proof(String slot) {
        return item(".comparison tr[data-slot='" + slot + "'] a.proof");
    }
}
