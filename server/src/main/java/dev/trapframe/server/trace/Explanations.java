package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroOp.PagingEntry;
import dev.trapframe.emulator.api.MicroStep;
import dev.trapframe.emulator.api.Phase;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.StackSource;
import dev.trapframe.emulator.api.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Explains micro-ops: which text of the bundle, with which values. A value that a {@link Veil} hides is never looked at: the
 * bundle's word for it stands in its place.
 */
final class Explanations {

    private static final String[] FLAGS = {
        "CF", "", "PF", "", "AF", "", "ZF", "SF", "TF", "IF", "DF", "OF", "IOPL", "", "NT", "", "RF", "VM", "AC", "VIF",
        "VIP", "ID"
    };

    private final Messages messages;
    private final SourceFinder sources;
    private final String hidden;

    Explanations(Messages messages, Program program) {
        this.messages = messages;
        this.sources = new SourceFinder(messages, program);
        this.hidden = messages.text("hidden");
    }

    /** Explains one micro-op of a step. */
    Explanation explain(Step step, MicroStep micro, Veil veil) {
        MicroOp op = micro.op();
        if (op instanceof MicroOp.InstructionFetched fetched) {
            return plain(
                    "fetched", Map.of("length", bytes(fetched.lengthBytes()), "address", Words.hex(fetched.linear())));
        }
        if (op instanceof MicroOp.MemoryRead read)
            return plain("read", access(read.linear(), read.sizeBytes(), read.value(), veil));
        if (op instanceof MicroOp.MemoryWritten written) {
            return plain("written", access(written.linear(), written.sizeBytes(), written.value(), veil));
        }
        if (op instanceof MicroOp.InstructionExecuted) return executed(step, micro, veil);
        if (op instanceof MicroOp.PageWalkRefused refused) return refused(refused, veil);
        if (op instanceof MicroOp.EventRaised raised) return raised(raised, veil);
        if (op instanceof MicroOp.EventHeld held) return held(held);
        if (op instanceof MicroOp.EventsCombined combined) {
            return plain(
                    "events-combined",
                    Map.of(
                            "first", Words.name(combined.first()),
                            "second", Words.name(combined.second()),
                            "delivered", Words.name(combined.delivered())));
        }
        if (op instanceof MicroOp.GateRead gate) return gate(gate);
        if (op instanceof MicroOp.CallGateRead gate) return callGate(gate);
        if (op instanceof MicroOp.Checked checked) return checked(checked, veil);
        if (op instanceof MicroOp.StackChosen chosen) return chosen(chosen, veil);
        if (op instanceof MicroOp.StackAligned aligned) {
            return plain(
                    "stack-aligned",
                    Map.of("before", value(aligned.before(), veil), "after", value(aligned.after(), veil)));
        }
        if (op instanceof MicroOp.Pushed pushed) return word("pushed", pushed.slot(), pushed.value(), veil);
        if (op instanceof MicroOp.Popped popped) return word("popped", popped.slot(), popped.value(), veil);
        if (op instanceof MicroOp.HandlerEntered entered) return entered(entered, veil);
        if (op instanceof MicroOp.Returned returned) return returned(returned, veil);
        if (op instanceof MicroOp.GsBasesSwapped swapped) return swapped(swapped, veil);
        if (op instanceof MicroOp.PortRead read) {
            return plain("port-read", access(read.port(), read.sizeBytes(), read.value(), veil));
        }
        if (op instanceof MicroOp.PortWritten written) {
            return plain("port-written", access(written.port(), written.sizeBytes(), written.value(), veil));
        }
        if (op instanceof MicroOp.MachineCheckReported check) {
            return plain("machine-check-reported", Map.of("status", value(check.status(), veil)));
        }
        return plain("halted", Map.of());
    }

    private Explanation plain(String kind, Map<String, String> values) {
        String key = "micro." + kind;
        return new Explanation(
                messages.text(key + ".title", values),
                messages.text(key + ".why", values),
                messages.text(key + ".source"));
    }

    private Map<String, String> access(long linear, int sizeBytes, long value, Veil veil) {
        return Map.of("address", Words.hex(linear), "size", bytes(sizeBytes), "value", value(value, veil));
    }

    private static String bytes(int count) {
        return count == 1 ? "1 byte" : count + " bytes";
    }

    private Explanation executed(Step step, MicroStep micro, Veil veil) {
        InstructionText text = InstructionText.of(step.text());
        String key = "group." + InstructionGroups.of(text.mnemonic());
        String changes = veil.registers().entrySet().stream()
                .filter(change ->
                        change.getKey() != MachineRegister.RIP || MnemonicFacts.decidesControlFlow(text.mnemonic()))
                .map(change ->
                        change.getKey().name() + " " + shown(change.getValue().get(0)) + " \u2192 "
                                + shown(change.getValue().get(1)))
                .collect(Collectors.joining(", "));
        String title = changes.isEmpty()
                ? messages.text("micro.executed.title.none")
                : messages.text("micro.executed.title", Map.of("changes", changes));
        String source = kernelSource(step, micro.phase()).orElseGet(() -> messages.text(key + ".source"));
        return new Explanation(
                title, messages.text(key + ".why", Map.of("att", step.text().replaceAll(" +", " "))), source);
    }

    private Optional<String> kernelSource(Step step, Phase phase) {
        boolean kernelCode = phase == Phase.ENTRY || phase == Phase.C || phase == Phase.EXIT;
        return kernelCode ? sources.kernelSource(step.linear()) : Optional.empty();
    }

    private Explanation refused(MicroOp.PageWalkRefused refused, Veil veil) {
        String rule = "rule." + Words.kebab(refused.rule());
        List<PagingEntry> entries = refused.entries();
        PagingEntry last = entries.isEmpty() ? new PagingEntry(0, 0, 0) : entries.get(entries.size() - 1);
        String count = entries.size() == 1 ? "1 entry" : entries.size() + " entries";
        Map<String, String> values = Map.of(
                "address",
                veil.faultAddress() || veil.values() ? hidden : Words.hex(refused.linear()),
                "level",
                "" + last.level(),
                "value",
                Words.hex(last.value()),
                "entries",
                count);
        return new Explanation(
                messages.text(rule + ".failed.title", values),
                messages.text(rule + ".failed.why", values),
                messages.text(rule + ".source"));
    }

    private Explanation raised(MicroOp.EventRaised raised, Veil veil) {
        Map<String, String> values = new HashMap<>();
        values.put("name", Words.name(raised.event()));
        values.put("vector", Words.hex(raised.event().vector()));
        values.put("rip", veil.savedRip() || veil.values() ? hidden : Words.hex(raised.savedRip()));
        String title = "micro.event-raised.title";
        if (raised.event().errorCode().isPresent()) {
            title = "micro.event-raised.error.title";
            long code = raised.event().errorCode().getAsInt() & 0xffff_ffffL;
            values.put("code", veil.errorCode() || veil.values() ? hidden : Words.hex(code));
        }
        String why = messages.text(Words.key(raised.event()) + ".why", values);
        if (raised.cr2().isPresent()) {
            values.put(
                    "cr2",
                    veil.faultAddress() || veil.values()
                            ? hidden
                            : Words.hex(raised.cr2().getAsLong()));
            why += " " + messages.text("micro.event-raised.cr2.why", values);
        }
        return new Explanation(messages.text(title, values), why, messages.text("micro.event-raised.source"));
    }

    private Explanation held(MicroOp.EventHeld held) {
        String rule = "rule." + Words.kebab(held.rule());
        Map<String, String> values =
                Map.of("name", Words.name(held.event()), "because", messages.text(rule + ".failed.title"));
        return new Explanation(
                messages.text("micro.event-held.title", values),
                messages.text(rule + ".failed.why"),
                messages.text(rule + ".source"));
    }

    private Explanation gate(MicroOp.GateRead gate) {
        return plain(
                "gate-read",
                Map.of(
                        "vector", "" + gate.vector(),
                        "address", Words.hex(gate.linear()),
                        "offset", Words.hex(gate.offset()),
                        "selector", Words.hex(gate.selector()),
                        "ist", "" + gate.ist(),
                        "type", Words.hex(gate.type()),
                        "dpl", "" + gate.dpl()));
    }

    private Explanation callGate(MicroOp.CallGateRead gate) {
        return plain(
                "call-gate-read",
                Map.of(
                        "gate", Words.hex(gate.selector()),
                        "address", Words.hex(gate.linear()),
                        "offset", Words.hex(gate.offset()),
                        "target", Words.hex(gate.target()),
                        "dpl", "" + gate.dpl()));
    }

    private Explanation checked(MicroOp.Checked checked, Veil veil) {
        String rule = "rule." + Words.kebab(checked.rule());
        String outcome = rule + (!checked.compared() ? ".skipped" : checked.passed() ? ".passed" : ".failed");
        Map<String, String> values =
                Map.of("actual", value(checked.actual(), veil), "required", value(checked.required(), veil));
        return new Explanation(
                messages.text(outcome + ".title", values),
                messages.text(outcome + ".why", values),
                messages.text(rule + ".source"));
    }

    private Explanation chosen(MicroOp.StackChosen chosen, Veil veil) {
        StackSource source = chosen.source();
        String kind = source == StackSource.SAME ? "same" : source.name().startsWith("IST") ? "ist" : "rsp";
        return plain(
                "stack-chosen." + kind,
                Map.of(
                        "stack", source.name(),
                        "address", Words.hex(chosen.tssLinear()),
                        "rsp", value(chosen.rsp(), veil),
                        "oldcpl", "" + chosen.oldCpl(),
                        "newcpl", "" + chosen.newCpl()));
    }

    private Explanation word(String kind, FrameSlot slot, long value, Veil veil) {
        String key = "micro." + kind;
        String wordKey = key + "." + slot.name().toLowerCase(Locale.ROOT);
        Map<String, String> values = Map.of("slot", Words.word(slot), "value", value(value, veil));
        String source = messages.find(wordKey + ".source").orElseGet(() -> messages.text(key + ".source"));
        return new Explanation(messages.text(key + ".title", values), messages.text(wordKey + ".why", values), source);
    }

    private Explanation entered(MicroOp.HandlerEntered entered, Veil veil) {
        return plain(
                "handler-entered",
                Map.of(
                        "selector", value(entered.selector(), veil),
                        "rip", value(entered.rip(), veil),
                        "rsp", value(entered.rsp(), veil),
                        "newcpl", "" + entered.newCpl(),
                        "cleared", flags(entered.rflagsCleared())));
    }

    private Explanation returned(MicroOp.Returned returned, Veil veil) {
        return plain(
                "returned",
                Map.of(
                        "selector",
                        value(returned.selector(), veil),
                        "rip",
                        value(returned.rip(), veil),
                        "oldcpl",
                        "" + returned.oldCpl(),
                        "newcpl",
                        "" + returned.newCpl()));
    }

    private Explanation swapped(MicroOp.GsBasesSwapped swapped, Veil veil) {
        return plain(
                "gs-swapped",
                Map.of("gs", value(swapped.newGsBase(), veil), "kernelgs", value(swapped.newKernelGsBase(), veil)));
    }

    private String value(long value, Veil veil) {
        return veil.values() ? hidden : Words.hex(value);
    }

    private String shown(HexJson value) {
        return value.text() == null ? hidden : value.text();
    }

    private static String flags(long mask) {
        StringBuilder names = new StringBuilder();
        for (int bit = 0; bit < FLAGS.length; bit++) {
            if (FLAGS[bit].isEmpty() || (mask >>> bit & 1) == 0) continue;
            names.append(names.isEmpty() ? "" : ", ").append(FLAGS[bit]);
        }
        return names.toString();
    }
}
