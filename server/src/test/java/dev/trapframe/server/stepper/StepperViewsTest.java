package dev.trapframe.server.stepper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.stepper.StepperView.CodeRow;
import dev.trapframe.server.stepper.StepperView.Field;
import dev.trapframe.server.stepper.StepperView.Link;
import dev.trapframe.server.stepper.StepperView.ProcessorLine;
import dev.trapframe.server.stepper.StepperView.Register;
import dev.trapframe.server.stepper.StepperView.Segment;
import dev.trapframe.server.stepper.StepperView.StackRow;
import dev.trapframe.server.trace.StepJson;
import dev.trapframe.server.trace.TraceJson;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The stepper drawn by the server")
class StepperViewsTest {

    private static final TraceJson TRACE = FixtureTrace.pageFault();
    private static final int FAULT = indexOfFault();

    @Test
    @DisplayName("shows the initial state at position 0, with nothing changed and nowhere to go back to")
    void drawsTheStart() {
        StepperView view = at("0");

        assertThat(view.position()).isEqualTo("0");
        assertThat(view.where()).isEqualTo("start · 42 steps · position 0");
        assertThat(register(view, "rbx")).isEqualTo("1b1b1b1b_1b1b1b1b");
        assertThat(view.registers()).allSatisfy(it -> assertThat(it.before()).isNull());
        assertThat(view.stack()).noneMatch(StackRow::changed);
        assertThat(link(view, "first").href()).isNull();
        assertThat(link(view, "back-micro").href()).isNull();
        assertThat(link(view, "step").href()).isEqualTo("?step=1#stepper");
        assertThat(view.explanation().title()).isEqualTo("Before the first instruction");
    }

    @Test
    @DisplayName("shows the pushed error code once it is pushed, with its writer and a link to that position")
    void drawsThePushedErrorCode() {
        int pushed = after("pushed", "frame.error_code");
        StackRow before = field(at(FAULT + "." + (pushed - 1)), "orig_ax");
        StackRow now = field(at(FAULT + "." + pushed), "orig_ax");

        assertThat(before.value()).isEqualTo("not yet written");
        assertThat(before.state()).isEqualTo("unwritten");
        assertThat(now.value()).isEqualTo("00000000_00000006");
        assertThat(now.changed()).isTrue();
        assertThat(now.writer()).isEqualTo("CPU");
        assertThat(now.writerAt()).isEqualTo(FAULT + "." + pushed);
        assertThat(now.writerHref()).isEqualTo("?step=" + FAULT + "." + pushed + "#stepper");
        assertThat(now.phase()).isEqualTo("delivery");
    }

    @Test
    @DisplayName("opens the micro-ops of a step below its line: done, current, to come, and what was refused")
    void opensTheMicroOps() {
        int pushed = after("pushed", "frame.cs");
        List<CodeRow> micro = at(FAULT + "." + pushed).code().stream()
                .filter(row -> row.kind().equals("micro"))
                .toList();

        assertThat(micro).hasSize(TRACE.steps().get(FAULT).micro().size());
        assertThat(micro.get(pushed - 1))
                .matches(row -> row.state().equals("current") && row.text().equals("push CS"));
        assertThat(micro.subList(0, pushed - 1)).allMatch(row -> row.state().equals("done"));
        assertThat(micro.subList(pushed, micro.size()))
                .allMatch(row -> row.state().equals("todo"));
        assertThat(micro.stream().filter(CodeRow::refused))
                .extracting(CodeRow::mark)
                .containsExactly("walk");
    }

    @Test
    @DisplayName("marks the line done and the line next on a boundary between steps")
    void marksDoneAndNext() {
        StepperView view = at("2");

        assertThat(view.code().stream().filter(row -> !row.marks().isEmpty()))
                .extracting(CodeRow::mark, CodeRow::address)
                .containsExactly(
                        tuple("done", TRACE.steps().get(1).at().text()),
                        tuple("next", TRACE.steps().get(2).at().text()));
        assertThat(view.code()).noneMatch(row -> row.kind().equals("micro"));
    }

    @Test
    @DisplayName("shows old and new of what the step changed")
    void showsOldAndNew() {
        Register rsp = at("1").registers().stream()
                .filter(it -> it.name().equals("rsp"))
                .findFirst()
                .orElseThrow();

        assertThat(rsp.before()).isEqualTo("00007ffd_5e110000");
        assertThat(rsp.value()).isEqualTo("00007ffd_5e10fff8");
    }

    @Test
    @DisplayName("lays both structs over the same bytes, padding included")
    void laysOverlays() {
        StepperView view = at(Integer.toString(FAULT + 1));

        assertThat(view.stackTitle()).isEqualTo("Entry stack (TSS.RSP0)");
        assertThat(view.stack().stream().filter(row -> row.kind().equals("struct")))
                .extracting(StackRow::text)
                .containsExactly("struct extended_pt_regs, 184 bytes", "struct pt_regs, 168 bytes");
        assertThat(field(view, "cs").brackets()).hasSize(2);
        assertThat(field(view, "pks").brackets()).hasSize(1);
        assertThat(field(view, "exit_rcu").fields())
                .extracting(Field::name)
                .containsExactly("padding, 7 bytes", "exit_rcu");
    }

    @Test
    @DisplayName("takes the nearest position for one that the trace does not have, and says so")
    void clampsAndSays() {
        StepperView far = at("999");
        StepperView deep = at("1.99");

        assertThat(far.position()).isEqualTo("42");
        assertThat(far.note()).contains("no position 999").contains("ends at 42");
        assertThat(link(far, "step").href()).isNull();
        assertThat(far.explanation().end()).isEqualTo(TRACE.end().text());
        assertThat(deep.position()).isEqualTo("2");
        assertThat(deep.note()).contains("no position 1.99");
        assertThat(at("42").note()).isNull();
        assertThat(at("4.9").note()).isNull();
    }

    @Test
    @DisplayName("gives nothing of a hidden word away, and says what stands in its place")
    void keepsSecrets() throws JsonProcessingException {
        TraceJson hidden = FixtureTrace.hiddenPageFault();
        for (int step = 0; step <= hidden.steps().size(); step++) {
            StepperView view = StepperViews.of(hidden, Position.of(step), place(Map.of()));
            String sent = new ObjectMapper().writeValueAsString(view);
            assertThat(sent)
                    .as("position %s", view.position())
                    .doesNotContain("00010297")
                    .doesNotContain("error code 0x6");
        }

        StepperView view = StepperViews.of(hidden, Position.of(FAULT + 1), place(Map.of()));
        for (String name : List.of("ss", "sp", "flags", "cs", "ip", "orig_ax")) {
            assertThat(field(view, name).value()).as(name).isEqualTo("hidden until you answer");
            assertThat(field(view, name).state()).as(name).isEqualTo("hidden");
        }
        assertThat(view.explanation().step()).contains("error code hidden until you answer");
    }

    @Test
    @DisplayName("says at the end of a hidden trace why it ends there")
    void saysWhyItIsCut() {
        TraceJson hidden = FixtureTrace.hiddenPageFault();
        StepperView view = StepperViews.of(hidden, Position.of(999), place(Map.of()));

        assertThat(hidden.hidden()).isNotNull();
        assertThat(view.explanation().end()).isEqualTo(hidden.hidden().text());
    }

    @Test
    @DisplayName("draws every position of both traces")
    void drawsEveryPosition() {
        for (TraceJson trace : List.of(TRACE, FixtureTrace.hiddenPageFault())) {
            for (StepJson step : trace.steps()) {
                for (int micro = 0; micro < step.micro().size(); micro++) {
                    Position position = new Position(step.index(), micro);
                    StepperView view = StepperViews.of(trace, position, place(Map.of()));
                    assertThat(view.position()).isEqualTo(position.toString());
                    assertThat(view.timeline().stream().filter(Segment::current))
                            .as("current phase")
                            .hasSize(1);
                    assertThat(view.stack()).as("rows at %s", position).isNotEmpty();
                }
            }
        }
    }

    @Test
    @DisplayName("keeps the page's other parameters in its links")
    void keepsOtherParameters() {
        StepperView view = StepperViews.of(TRACE, Position.of(1), place(Map.of("item-step", "4.9", "attempt", "a b")));

        assertThat(link(view, "step").href()).isEqualTo("?attempt=a+b&item-step=4.9&step=2#stepper");
        assertThat(view.timeline().get(0).href()).isEqualTo("?attempt=a+b&item-step=4.9&step=0#stepper");
    }

    @Test
    @DisplayName("tells whose the GS base is, and reads PKRS key by key")
    void readsTheProcessor() {
        int swapped = indexOf("swapgs") + 1;

        assertThat(line(at("0"), "gs_base").note()).isEqualTo("user");
        assertThat(line(at(Integer.toString(swapped)), "gs_base").note()).isEqualTo("kernel, jiffies");
        assertThat(line(at(Integer.toString(swapped)), "gs_base").changed()).isTrue();
        assertThat(line(at("0"), "pkrs").note()).isEqualTo("keys 0 to 1: open, keys 2 to 15: no access");
        assertThat(line(at("0"), "cpl").value()).isEqualTo("3");
        assertThat(line(at(Integer.toString(FAULT + 1)), "cpl").value()).isEqualTo("0");
    }

    @Test
    @DisplayName("gives every phase a share of the timeline, and the shares make about a hundred")
    void sharesTheTimeline() {
        List<Segment> timeline = at("0").timeline();

        assertThat(timeline).extracting(Segment::phase).startsWith("user", "delivery", "entry");
        assertThat(timeline.stream()
                        .mapToInt(it -> Integer.parseInt(it.grow().substring(1)))
                        .sum())
                .isBetween(95, 105);
    }

    private static StepperView at(String position) {
        return StepperViews.of(TRACE, Position.parse(position).orElseThrow(), place(Map.of()));
    }

    private static StepperPlace place(Map<String, String> kept) {
        return new StepperPlace("stepper", "A page fault", "step", kept, Position.START, "/t", null);
    }

    private static String register(StepperView view, String name) {
        return view.registers().stream()
                .filter(it -> it.name().equals(name))
                .findFirst()
                .orElseThrow()
                .value();
    }

    private static Link link(StepperView view, String id) {
        return view.links().stream()
                .filter(it -> it.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static ProcessorLine line(StepperView view, String id) {
        return view.processor().stream()
                .filter(it -> it.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static StackRow field(StepperView view, String name) {
        return view.stack().stream()
                .filter(row -> row.fields().stream().anyMatch(it -> it.name().equals(name)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no row has the field " + name));
    }

    private static int after(String op, String slot) {
        List<StepJson.MicroJson> micros = TRACE.steps().get(FAULT).micro();
        for (int i = 0; i < micros.size(); i++) {
            if (micros.get(i).op().equals(op) && slot.equals(micros.get(i).slot())) return i + 1;
        }
        throw new AssertionError("the fixture has no " + op + " of " + slot);
    }

    private static int indexOfFault() {
        return TRACE.steps().stream()
                .filter(step -> step.outcome().equals("event"))
                .findFirst()
                .orElseThrow()
                .index();
    }

    private static int indexOf(String att) {
        return TRACE.steps().stream()
                .filter(step -> att.equals(step.att()))
                .findFirst()
                .orElseThrow()
                .index();
    }
}
