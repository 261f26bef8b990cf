package dev.trapframe.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.RunEnd;
import dev.trapframe.emulator.api.StackSource;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.Mnemonic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An explanation")
class ExplanationsTest {

    private static final long SECRET = 0x5ec4e75ec4e7L;
    private static final Set<Rule> HOLDS = Set.of(
            Rule.INTERRUPT_FLAG,
            Rule.STI_SHADOW,
            Rule.MOV_SS_SHADOW,
            Rule.NMI_BLOCKED,
            Rule.TASK_PRIORITY,
            Rule.PROCESSOR_PRIORITY);
    private static final Veil ALL_HIDDEN = new Veil(true, true, true, true, Map.of(), List.of());

    private final Messages messages = Messages.english();
    private final Explanations explanations =
            new Explanations(messages, new Program(List.of(), new TreeMap<>(), new TreeMap<>()));

    /** At least one of each kind of micro-op, and one for each of its choices of text. */
    private static List<MicroOp> microOps() {
        List<MicroOp> ops = new ArrayList<>(List.of(
                new MicroOp.InstructionFetched(0x401000, 1),
                new MicroOp.MemoryRead(0x401000, 8, SECRET),
                new MicroOp.MemoryWritten(0x401000, 1, SECRET),
                new MicroOp.InstructionExecuted(),
                new MicroOp.GateRead(14, 0x1000, 1, 2, 0x10, 0x2000, 0, 0xe, 0, true),
                new MicroOp.CallGateRead(0x93, 0x1090, 1, 2, 0x10, 0x2000, 3, true),
                new MicroOp.StackAligned(SECRET, SECRET),
                new MicroOp.HandlerEntered(0x10, 0x2000, 0x3000, 0, 0x34300),
                new MicroOp.Returned(0x33, SECRET, 0, 3),
                new MicroOp.GsBasesSwapped(SECRET, SECRET),
                new MicroOp.Halted(),
                new MicroOp.PortRead(0x3fd, 1, SECRET),
                new MicroOp.PortWritten(0x3f8, 1, SECRET),
                new MicroOp.MachineCheckReported(SECRET, SECRET, SECRET),
                new MicroOp.EventsCombined(
                        event(Event.Source.EXCEPTION, 14),
                        event(Event.Source.EXCEPTION, 13),
                        event(Event.Source.EXCEPTION, 8))));
        for (Rule rule : Rule.values()) {
            if (HOLDS.contains(rule)) ops.add(new MicroOp.EventHeld(Event.nmi(), rule));
            else if (rule.name().startsWith("PAGE_")) {
                ops.add(new MicroOp.PageWalkRefused(SECRET, List.of(new MicroOp.PagingEntry(4, 0x1000, 0)), rule));
            } else {
                ops.add(new MicroOp.Checked(rule, true, true, SECRET, SECRET));
                ops.add(new MicroOp.Checked(rule, true, false, SECRET, SECRET));
            }
        }
        ops.add(new MicroOp.Checked(Rule.GATE_DPL, false, true, 0, 3));
        for (StackSource source : StackSource.values()) ops.add(new MicroOp.StackChosen(source, 0x3004, SECRET, 3, 0));
        for (FrameSlot slot : FrameSlot.values()) {
            ops.add(new MicroOp.Pushed(slot, 0x2ff8, SECRET));
            ops.add(new MicroOp.Popped(slot, 0x2ff8, SECRET));
        }
        for (int vector = 0; vector < 256; vector++) {
            for (Event.Source source : Event.Source.values()) {
                ops.add(new MicroOp.EventRaised(event(source, vector), SECRET, OptionalLong.of(SECRET)));
            }
            ops.add(new MicroOp.EventRaised(
                    new Event(vector, Event.Source.EXCEPTION, OptionalInt.of(0x5ec4e7)), SECRET, OptionalLong.empty()));
        }
        return ops;
    }

    private static Event event(Event.Source source, int vector) {
        return new Event(vector, source, OptionalInt.empty());
    }

    private Explanation explain(MicroOp op, String text, Veil veil) {
        MicroStep micro = new MicroStep(op, Phase.DELIVERY, List.of());
        Step step = new Step(0, new StepOutcome.Retired(), 0x401000, new byte[] {1}, text, List.of(micro), Set.of(), 1);
        return explanations.explain(step, micro, veil);
    }

    @Test
    @DisplayName("is there for every kind of micro-op, every rule passed and failed, every vector, with its source")
    void explainsEverything() {
        Set<Class<?>> kinds = new HashSet<>();
        for (MicroOp op : microOps()) {
            Explanation explanation = explain(op, "nop", Veil.open(new MicroStep(op, Phase.DELIVERY, List.of())));

            assertThat(explanation.title()).as("%s", op).isNotBlank().doesNotContain("{", "}");
            assertThat(explanation.why()).as("%s", op).endsWith(".").doesNotContain("{", "}");
            assertThat(explanation.source()).as("%s", op).matches("Intel SDM Vol\\. [1-4][A-D]?, \".+\".*");
            kinds.add(op.getClass());
        }
        assertThat(kinds).containsExactlyInAnyOrder(MicroOp.class.getPermittedSubclasses());
    }

    @Test
    @DisplayName("has a title of a dozen words or so and one to three sentences, values aside")
    void isShort() {
        for (MicroOp op : microOps()) {
            Explanation explanation = explain(op, "nop", Veil.open(new MicroStep(op, Phase.DELIVERY, List.of())));

            assertThat(explanation.title().split("\\s+").length)
                    .as(explanation.title())
                    .isLessThanOrEqualTo(13);
            assertThat(explanation.why().split("\\.(\\s|$)").length)
                    .as(explanation.why())
                    .isLessThanOrEqualTo(4);
        }
    }

    @Test
    @DisplayName("never has a value that the veil hides")
    void hidesValues() {
        for (MicroOp op : microOps()) {
            Explanation explanation = explain(op, "nop", ALL_HIDDEN);

            assertThat(explanation.title() + explanation.why()).as("%s", op).doesNotContain("5ec4e7");
        }
    }

    @Test
    @DisplayName("is there for every instruction of the table, by its group, and no group is left over")
    void knowsEveryInstruction() {
        Set<String> used = new TreeSet<>();
        for (InstructionForm form : InstructionTable.standard().forms()) {
            // What is in listings only never completes, so there is nothing to explain.
            if (form.mnemonic() == Mnemonic.LISTED) continue;
            String base = InstructionGroups.base(form.attNames().get(0).text());
            assertThat(InstructionGroups.knows(base)).as(base).isTrue();
            used.add(InstructionGroups.of(base));
        }
        assertThat(InstructionGroups.all()).isSubsetOf(used);
        for (String group : used) {
            assertThat(messages.has("group." + group + ".why")).as(group).isTrue();
            assertThat(messages.has("group." + group + ".source")).as(group).isTrue();
        }
    }

    @Test
    @DisplayName("of an executed instruction shows what changed, and names its group's rule and source")
    void explainsInstructions() {
        Explanation explanation = explain(
                new MicroOp.InstructionExecuted(),
                "swapgs",
                Veil.open(new MicroStep(new MicroOp.InstructionExecuted(), Phase.ENTRY, List.of())));

        assertThat(explanation.title()).isEqualTo("no register changes but RIP");
        assertThat(explanation.why()).startsWith("swapgs: GS.base and IA32_KERNEL_GS_BASE change places.");
        assertThat(explanation.source()).contains("SWAPGS");
    }

    @Test
    @DisplayName("is there for every end of a run and every outcome of a step")
    void explainsEnds() {
        assertThat(Arrays.stream(RunEnd.values()).map(end -> "end." + Words.kebab(end)))
                .allMatch(messages::has);
        for (Class<?> outcome : StepOutcome.class.getPermittedSubclasses()) {
            String key = switch (outcome.getSimpleName()) {
                case "Retired" -> "retired";
                case "EventDelivered" -> "event";
                case "Halted" -> "halted";
                case "Shutdown" -> "shutdown";
                default -> "not-emulated";
            };
            assertThat(messages.has("outcome." + key + ".why")).as(key).isTrue();
        }
    }

    @Test
    @DisplayName("asks for no name that nobody supplies")
    void refusesUnknownNames() {
        org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        messages.text("micro.halted.title", Map.of()).concat(messages.text("end.step-limit", Map.of())))
                .withMessageContaining("{limit}");
    }
}
