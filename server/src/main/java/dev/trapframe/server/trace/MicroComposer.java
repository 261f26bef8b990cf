package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.Step;
import dev.trapframe.server.trace.StepJson.AccessJson;
import dev.trapframe.server.trace.StepJson.MicroJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes one micro-op as JSON has it, as far as a veil lets it be seen. */
final class MicroComposer {

    private static final int WORD_BYTES = 8;

    private final Explanations explanations;

    MicroComposer(Explanations explanations) {
        this.explanations = explanations;
    }

    MicroJson compose(Step step, MicroStep micro, Veil veil) {
        MicroOp op = micro.op();
        Explanation explanation = explanations.explain(step, micro, veil);
        Rule rule = rule(op);
        return new MicroJson(
                name(op),
                Words.kebab(micro.phase()),
                explanation.title(),
                explanation.why(),
                explanation.source(),
                rule == null ? null : Words.kebab(rule),
                isRefused(op) ? true : null,
                registers(veil),
                veil.memory().isEmpty() ? null : veil.memory(),
                access(op, veil),
                slot(op));
    }

    private static @Nullable Map<String, List<HexJson>> registers(Veil veil) {
        if (veil.registers().isEmpty()) return null;
        Map<String, List<HexJson>> registers = new LinkedHashMap<>();
        for (Map.Entry<MachineRegister, List<HexJson>> change : veil.registers().entrySet()) {
            registers.put(change.getKey().key(), change.getValue());
        }
        return registers;
    }

    /** What {@code op} says: one word for each kind of micro-op. */
    static String name(MicroOp op) {
        if (op instanceof MicroOp.InstructionFetched) return "fetched";
        if (op instanceof MicroOp.MemoryRead) return "read";
        if (op instanceof MicroOp.MemoryWritten) return "written";
        if (op instanceof MicroOp.InstructionExecuted) return "executed";
        if (op instanceof MicroOp.PageWalkRefused) return "page-walk-refused";
        if (op instanceof MicroOp.EventRaised) return "event-raised";
        if (op instanceof MicroOp.EventHeld) return "event-held";
        if (op instanceof MicroOp.EventsCombined) return "events-combined";
        if (op instanceof MicroOp.GateRead) return "gate-read";
        if (op instanceof MicroOp.CallGateRead) return "call-gate-read";
        if (op instanceof MicroOp.Checked) return "checked";
        if (op instanceof MicroOp.StackChosen) return "stack-chosen";
        if (op instanceof MicroOp.StackAligned) return "stack-aligned";
        if (op instanceof MicroOp.Pushed) return "pushed";
        if (op instanceof MicroOp.HandlerEntered) return "handler-entered";
        if (op instanceof MicroOp.Popped) return "popped";
        if (op instanceof MicroOp.Returned) return "returned";
        if (op instanceof MicroOp.GsBasesSwapped) return "gs-swapped";
        if (op instanceof MicroOp.PortRead) return "port-read";
        if (op instanceof MicroOp.PortWritten) return "port-written";
        if (op instanceof MicroOp.MachineCheckReported) return "machine-check-reported";
        return "halted";
    }

    private static @Nullable Rule rule(MicroOp op) {
        if (op instanceof MicroOp.Checked checked) return checked.rule();
        if (op instanceof MicroOp.PageWalkRefused refused) return refused.rule();
        return op instanceof MicroOp.EventHeld held ? held.rule() : null;
    }

    private static boolean isRefused(MicroOp op) {
        return op instanceof MicroOp.Checked checked && !checked.passed()
                || op instanceof MicroOp.PageWalkRefused
                || op instanceof MicroOp.EventHeld;
    }

    private static @Nullable AccessJson access(MicroOp op, Veil veil) {
        if (op instanceof MicroOp.MemoryRead read)
            return access(read.linear(), read.sizeBytes(), read.value(), "read", veil);
        if (op instanceof MicroOp.MemoryWritten written) {
            return access(written.linear(), written.sizeBytes(), written.value(), "write", veil);
        }
        if (op instanceof MicroOp.Pushed pushed)
            return access(pushed.linear(), WORD_BYTES, pushed.value(), "write", veil);
        if (op instanceof MicroOp.Popped popped)
            return access(popped.linear(), WORD_BYTES, popped.value(), "read", veil);
        return null;
    }

    private static AccessJson access(long linear, int sizeBytes, long value, String access, Veil veil) {
        return new AccessJson(
                HexJson.of(linear), sizeBytes, veil.values() ? HexJson.HIDDEN : HexJson.of(value), access);
    }

    private static @Nullable String slot(MicroOp op) {
        FrameSlot slot = null;
        if (op instanceof MicroOp.Pushed pushed) slot = pushed.slot();
        if (op instanceof MicroOp.Popped popped) slot = popped.slot();
        return slot == null ? null : Words.slot(slot);
    }
}
