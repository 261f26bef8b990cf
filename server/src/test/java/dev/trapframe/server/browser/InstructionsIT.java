package dev.trapframe.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.server.app.RunningServer;
import dev.trapframe.server.app.TestServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;

@DisplayName("The page of instructions, in a browser")
class InstructionsIT {

    private static final String PAGE = "/reference/instructions";

    @TempDir
    static Path data;

    private static RunningServer server;
    private static Chromium chromium;

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

    private static String found() {
        return chromium.driver().findElement(By.cssSelector("[data-found]")).getText();
    }

    private static boolean isShown(String name) {
        return chromium.driver()
                .findElement(By.cssSelector("tbody[data-name='" + name + "']"))
                .isDisplayed();
    }

    @Test
    @DisplayName("finds while one types, and shows all again when the field is empty")
    void findsWhileTyping() {
        chromium.resize(1280, 900);
        chromium.driver().get(server.url() + PAGE);
        String all = found();
        chromium.driver().findElement(By.id("q")).sendKeys("swapgs");
        assertThat(found()).isEqualTo("1 instruction");
        assertThat(isShown("SWAPGS")).isTrue();
        assertThat(isShown("LEA")).isFalse();

        chromium.driver().findElement(By.id("q")).sendKeys("\b".repeat(6));
        assertThat(found()).isEqualTo(all);
        assertThat(isShown("LEA")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {390, 1280})
    @DisplayName("is accessible and no wider than the window")
    void isAccessible(int width) {
        chromium.resize(width, 900);
        chromium.driver().get(server.url() + PAGE + "?q=mov");
        assertThat(Accessibility.violations(chromium)).isEmpty();
        assertThat(chromium.script("return document.documentElement.scrollWidth <= window.innerWidth"))
                .isEqualTo(true);
    }
}
