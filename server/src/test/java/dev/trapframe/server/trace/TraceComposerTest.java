package dev.trapframe.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trapframe.server.slot.Slot;
import dev.trapframe.server.slot.SlotRegistry;
import dev.trapframe.server.trace.TraceJson.FieldJson;
import dev.trapframe.server.trace.TraceJson.OverlayJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A trace as JSON")
class TraceComposerTest {

    private static final String RECIPE = """
            {"program": {"name": "page-fault-extended"},
             "machine": {"registers": {"rbx": "0x1234", "pkrs": "0x55555550"}},
             "overlays": [{"struct": "pt_regs", "at": "entry_stack_top - 168"},
                          {"struct": "extended_pt_regs", "at": "entry_stack_top - 184", "title": "both"}]}""";

    private final TraceRun run = TestTraces.run(RECIPE);
    private final TraceJson trace = TestTraces.COMPOSER.compose(run);

    private static JsonNode tree(TraceJson trace) {
        return new ObjectMapper().valueToTree(trace);
    }

    @Test
    @DisplayName("names recipe, revision, program, end and stacks")
    void namesWhatItIs() {
        JsonNode json = tree(trace);

        assertThat(json.get("recipeId").textValue()).isEqualTo(run.recipeId());
        assertThat(json.at("/recipe/program").size()).isEqualTo(1);
        assertThat(json.at("/recipe/machine/registers/rbx").textValue()).isEqualTo("0x1234");
        assertThat(json.at("/program/name").textValue()).isEqualTo("page-fault-extended");
        assertThat(json.at("/end/kind").textValue()).isEqualTo("end-reached");
        assertThat(json.at("/registers/rip").textValue()).isEqualTo("0x401000");
        assertThat(json.at("/registers/cpl").textValue()).isEqualTo("0x3");
        assertThat(json.at("/symbols/asm_exc_page_fault").textValue()).isEqualTo("0xffffffff81000000");
        assertThat(json.at("/symbols").has("PAGE_OFFSET")).isFalse();
        assertThat(json.at("/stacks/0/id").textValue()).isEqualTo("entry");
        assertThat(json.has("hidden")).isFalse();
        assertThat(json.get("steps").size()).isEqualTo(run.trace().stepCount());
    }

    @Test
    @DisplayName("has the page fault with its check, its six pushes, and the values that memory then holds")
    void hasThePageFault() {
        StepJson fault = trace.steps().get(4);

        assertThat(fault.outcome()).isEqualTo("event");
        assertThat(fault.event()).isEqualTo(new StepJson.EventJson(14, "#PF", "page fault", HexJson.of(6)));
        assertThat(fault.micro().stream().filter(micro -> micro.op().equals("pushed")))
                .extracting(StepJson.MicroJson::slot)
                .containsExactly("frame.ss", "frame.rsp", "frame.rflags", "frame.cs", "frame.rip", "frame.error_code");
        assertThat(fault.micro())
                .filteredOn(micro -> "gate-dpl".equals(micro.rule()))
                .singleElement()
                .satisfies(micro -> assertThat(micro.title()).contains("not compared"));
        assertThat(fault.micro())
                .filteredOn(micro -> micro.op().equals("page-walk-refused"))
                .singleElement()
                .satisfies(micro -> {
                    assertThat(micro.rule()).isEqualTo("page-present");
                    assertThat(micro.refused()).isTrue();
                });
    }

    @Test
    @DisplayName("gives the state at every position when its changes are applied, as the machine itself has it")
    void replaysToTheMachinesState() {
        Map<String, HexJson> registers = new java.util.HashMap<>(trace.registers());
        for (StepJson step : trace.steps()) {
            for (StepJson.MicroJson micro : step.micro()) {
                if (micro.registers() == null) continue;
                micro.registers().forEach((name, change) -> {
                    assertThat(registers.get(name))
                            .as("step %d %s", step.index(), name)
                            .isEqualTo(change.get(0));
                    registers.put(name, change.get(1));
                });
            }
            var machine = run.trace().at(step.index() + 1);
            for (var register : dev.trapframe.emulator.api.MachineRegister.values()) {
                assertThat(registers.get(register.key()))
                        .as("step %d %s", step.index(), register)
                        .isEqualTo(HexJson.of(machine.register(register)));
            }
        }
    }

    @Test
    @DisplayName("lays structs over memory; each field's slot is in the registry and lies where the registry says")
    void laysOverlays() {
        assertThat(trace.overlays()).extracting(OverlayJson::id).containsExactly("pt_regs", "extended_pt_regs");
        assertThat(trace.overlays()).extracting(OverlayJson::title).containsExactly("struct pt_regs", "both");
        assertThat(trace.overlays().get(1).address()).isEqualTo(HexJson.of(0xfffffe0000002f48L));
        List<String> slots = new ArrayList<>();
        for (OverlayJson overlay : trace.overlays()) {
            int ptRegs = overlay.struct().equals("pt_regs") ? 0 : 16;
            for (FieldJson field : overlay.fields()) {
                if (field.slot() == null) {
                    assertThat(field.padding()).isTrue();
                    continue;
                }
                slots.add(field.slot());
                assertThat(SlotRegistry.slot(field.slot()))
                        .contains(new Slot.Field(field.offset() - ptRegs, field.size()));
            }
        }
        assertThat(slots).contains("ext.exit_rcu", "ext.pks", "pt_regs.orig_ax", "pt_regs.ss");
    }

    @Test
    @DisplayName("lists the program with labels, phases and notes, and names the kernel's file for code of its name")
    void listsTheProgram() {
        assertThat(trace.code())
                .filteredOn(line -> line.labels() != null && line.labels().contains("exc_page_fault"))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.phase()).isEqualTo("c");
                    assertThat(line.file()).isEqualTo("entry_64.S");
                    assertThat(line.att()).isEqualTo("push   %rbp");
                });
        assertThat(trace.code().get(0).note()).isEqualTo("so that RSP is not a round number");
        assertThat(trace.steps())
                .flatExtracting(StepJson::micro)
                .extracting(StepJson.MicroJson::source)
                .contains(
                        "Linux 6.12, arch/x86/entry/calling.h, PUSH_AND_CLEAR_REGS",
                        "Linux 6.12, arch/x86/mm/fault.c, exc_page_fault");
    }

    @Test
    @DisplayName("comes in chunks that together are the whole")
    void comesInChunks() {
        List<StepJson> steps =
                new ArrayList<>(TestTraces.COMPOSER.compose(run, 0, 7).steps());
        TraceJson rest = TestTraces.COMPOSER.compose(run, 7, 100_000);
        steps.addAll(rest.steps());

        assertThat(rest.from()).isEqualTo(7);
        assertThat(rest.stepCount()).isEqualTo(trace.stepCount());
        assertThat(steps).isEqualTo(trace.steps());
        assertThat(TestTraces.COMPOSER.compose(run, 100_000, 5).steps()).isEmpty();
    }

    @Test
    @DisplayName("is the same, byte for byte, however often it is run")
    void isDeterministic() throws Exception {
        ObjectMapper json = new ObjectMapper();

        assertThat(json.writeValueAsString(TestTraces.COMPOSER.compose(TestTraces.run(RECIPE))))
                .isEqualTo(json.writeValueAsString(trace));
    }

    @Test
    @DisplayName("shows an interrupt without instruction, and the next one held while IF is 0")
    void showsInterrupts() {
        TraceJson timer = TestTraces.COMPOSER.compose(TestTraces.run("""
                {"program": {"name": "timer-interrupt"}, "events": [
                  {"at": 5, "kind": "interrupt", "vector": 236}, {"at": 9, "kind": "interrupt", "vector": 236}]}"""));
        StepJson delivery = timer.steps().get(5);

        assertThat(delivery.kind()).isEqualTo("interrupt");
        assertThat(delivery.att()).isNull();
        assertThat(delivery.event().errorCode()).isNull();
        assertThat(timer.steps().get(9).micro().get(0).op()).isEqualTo("event-held");
        assertThat(timer.steps().get(9).micro().get(0).title()).isEqualTo("interrupt 0xec waits: IF is 0");
        assertThat(timer.steps())
                .filteredOn(step -> step.kind().equals("interrupt"))
                .hasSize(2);
        assertThat(timer.end().kind()).isEqualTo("end-reached");
    }

    @Test
    @DisplayName("that reached its limit is kept as far as it came and says so")
    void keepsPartialTraces() {
        TraceJson partial = TestTraces.COMPOSER.compose(
                TestTraces.run("{\"program\":{\"name\":\"page-fault\"},\"limits\":{\"steps\":9}}"));

        assertThat(partial.stepCount()).isEqualTo(9);
        assertThat(partial.end().kind()).isEqualTo("step-limit");
        assertThat(partial.end().text()).contains("limit of 9 steps");
    }
}
