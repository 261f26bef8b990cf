package dev.trapframe.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stepper is drawn twice, by the server and by the modules: whoever reads without scripts must read the same. */
@DisplayName("The server's drawing and the live one")
class DrawingsAgreeIT {

    /** What both show: texts and marks of the panes, in order; of the code only what is about the position. */
    private static final String DRAWING = """
            const stepper = document.getElementById('%s');
            const text = (it) => it.textContent.replace(/\\s+/g, '');
            const all = (selector, map) => [...stepper.querySelectorAll(selector)].map(map);
            return JSON.stringify({
              where: all('[data-part=where]', text),
              phase: all('[data-part=phase]', (it) => [it.dataset.phase, text(it)]),
              timeline: all('[data-part=phases] li', (it) => [it.dataset.phase, 'current' in it.dataset, text(it),
                  it.querySelector('a').dataset.position]),
              explain: all('[data-part=explain] [data-part]', (it) => [it.dataset.part, it.hidden, it.hidden ? '' : text(it)]),
              stackTitle: all('[data-part=stack-title]', text),
              stack: all('[data-part=rows] tr', (it) => [it.className, it.dataset.phase, it.dataset.state,
                  'changed' in it.dataset, 'rsp' in it.dataset, it.querySelectorAll('.bracket').length,
                  it.querySelector('a')?.dataset.position, [...it.cells].map(text)]),
              registers: all('.register-table tr', (it) => ['changed' in it.dataset, text(it)]),
              flags: all('[data-part=flags] li', (it) => ['set' in it.dataset, 'changed' in it.dataset, text(it)]),
              processor: all('[data-part=state] > div', (it) => [it.dataset.line, 'changed' in it.dataset, text(it)]),
              pending: all('[data-part=pending] li', text),
              micro: all('.micro, .micro-title', (it) => [it.className, it.dataset.phase, it.dataset.state,
                  'refused' in it.dataset, it.getAttribute('aria-current'), text(it)]),
              lines: all('.line.is-done, .line.is-next, .line.is-now', (it) => [it.dataset.address, text(it), it.className
                  .split(' ').sort().join(' '), it.getAttribute('aria-current')]),
            }, null, 1);
            """;

    private static FixtureSite site;
    private static Chromium still;
    private static Chromium live;

    @BeforeAll
    static void start() throws Exception {
        site = new FixtureSite();
        still = Chromium.startWithoutScripts();
        live = Chromium.start();
    }

    @AfterAll
    static void stop() {
        live.close();
        still.close();
        site.close();
    }

    @ParameterizedTest(name = "agree at {0}")
    @ValueSource(
            strings = {"0", "0.1", "1", "4.2", "4.9", "4.12", "5", "8", "9.2", "26", "33", "38.3", "39", "42", "999"})
    void agree(String position) {
        String path = "/lessons/fixture?step=" + position + "&item-step=" + position;
        still.driver().get(site.url(path));
        live.driver().get(site.url(path));
        for (String id : List.of("stepper", "item-stepper")) {
            live.await(
                    id + " is live",
                    driver ->
                            live.script("return document.getElementById(arguments[0]).hasAttribute('data-live')", id));
            Object drawnByServer = still.script(DRAWING.formatted(id));
            assertThat(live.script(DRAWING.formatted(id)))
                    .as("%s at %s", id, Map.of("position", position))
                    .isEqualTo(drawnByServer);
        }
    }
}
