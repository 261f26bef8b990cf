package dev.trapframe.server.stepper;

import dev.trapframe.server.stepper.StepperView.Flag;
import dev.trapframe.server.stepper.StepperView.ProcessorLine;
import dev.trapframe.server.stepper.StepperView.Register;
import dev.trapframe.server.trace.HexJson;
import dev.trapframe.server.trace.StepJson;
import dev.trapframe.server.trace.StepJson.MicroJson;
import dev.trapframe.server.trace.TraceJson.StackJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Registers, flags and what the processor is in the middle of. {@code static/js/format/processor.js} and
 * {@code flags.js} say the same.
 */
final class ProcessorLines {

    private static final List<String> SHOWN = List.of(
            "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
            "r15", "rip", "cs", "ss", "rflags");

    private static final int PROTECTION_KEYS = 16;

    /** Source: Intel SDM Vol. 1, "EFLAGS Register". */
    private record FlagBit(String name, int bit, String meaning) {}

    private static final FlagBit IF = new FlagBit("IF", 9, "interrupts enabled");

    private static final List<FlagBit> FLAGS = List.of(
            new FlagBit("CF", 0, "carry"),
            new FlagBit("PF", 2, "parity"),
            new FlagBit("AF", 4, "auxiliary carry"),
            new FlagBit("ZF", 6, "zero"),
            new FlagBit("SF", 7, "sign"),
            new FlagBit("OF", 11, "overflow"),
            new FlagBit("DF", 10, "direction"),
            IF,
            new FlagBit("TF", 8, "single-step trap"),
            new FlagBit("NT", 14, "nested task"),
            new FlagBit("RF", 16, "resume"),
            new FlagBit("AC", 18, "alignment check, SMAP override"));

    private final TraceCursor cursor;
    private final Map<String, HexJson> changed;

    ProcessorLines(TraceCursor cursor) {
        this.cursor = cursor;
        this.changed = cursor.changedRegisters();
    }

    List<Register> registers() {
        List<Register> rows = new ArrayList<>();
        for (String name : SHOWN) {
            String before = changed.containsKey(name) ? Digits.qword(changed.get(name)) : null;
            rows.add(new Register(name, before, Digits.qword(cursor.register(name))));
        }
        return rows;
    }

    List<Flag> flags() {
        Long now = cursor.value("rflags");
        if (now == null) return List.of(new Flag(Digits.HIDDEN, "", false, false));
        HexJson before = changed.get("rflags");
        long old = before == null || before.text() == null ? now : Digits.parse(before.text());
        boolean isComparable = before == null || before.text() != null;
        return FLAGS.stream()
                .map(flag -> new Flag(
                        flag.name() + (isSet(now, flag) ? " 1" : " 0"),
                        flag.meaning(),
                        isSet(now, flag),
                        isComparable && isSet(now, flag) != isSet(old, flag)))
                .toList();
    }

    private static boolean isSet(long rflags, FlagBit flag) {
        return (rflags >>> flag.bit() & 1) == 1;
    }

    List<ProcessorLine> lines(@Nullable StackJson stack) {
        Long cpl = cursor.value("cpl");
        Long pkrs = cursor.value("pkrs");
        Long rflags = cursor.value("rflags");
        String ring = cpl == null ? "" : cpl == 3 ? "user" : cpl == 0 ? "kernel" : "";
        boolean isOpen = rflags != null && isSet(rflags, IF);
        return List.of(
                line("cpl", "CPL", cpl == null ? Digits.HIDDEN : cpl.toString(), ring),
                line("stack", "Stack", stack == null ? "outside every stack" : stack.title(), ""),
                line("gs_base", "GS base", Digits.hex(cursor.register("gs_base")), sideOf("gs_base")),
                line(
                        "kernel_gs_base",
                        "other GS base",
                        Digits.hex(cursor.register("kernel_gs_base")),
                        sideOf("kernel_gs_base")),
                line("cr2", "CR2", Digits.hex(cursor.register("cr2")), "last page fault"),
                line("cr3", "CR3", Digits.hex(cursor.register("cr3")), ""),
                line("pkrs", "PKRS", Digits.hex(cursor.register("pkrs")), pkrs == null ? "" : keysText(pkrs)),
                line(
                        "if",
                        "IF",
                        rflags == null ? Digits.HIDDEN : isOpen ? "1" : "0",
                        isOpen ? "interrupts taken" : "interrupts wait"));
    }

    private ProcessorLine line(String id, String name, String value, String note) {
        return new ProcessorLine(id, name, value, note.isEmpty() ? null : note, changed.containsKey(id));
    }

    /** A kernel's per-CPU area lies in the upper half of the address space; a symbol at the address says which. */
    private String sideOf(String register) {
        Long base = cursor.value(register);
        if (base == null) return "";
        String side = base < 0 ? "kernel" : "user";
        return cursor.trace().symbols().entrySet().stream()
                .filter(symbol -> symbol.getValue().equals(HexJson.of(base)))
                .findFirst()
                .map(symbol -> side + ", " + symbol.getKey())
                .orElse(side);
    }

    /** Rights by key, equal neighbours together. Source: Intel SDM Vol. 3A, "Protection Keys". */
    static String keysText(long register) {
        List<String> parts = new ArrayList<>();
        for (int first = 0; first < PROTECTION_KEYS; ) {
            String rights = rightsOf(register, first);
            int last = first;
            while (last + 1 < PROTECTION_KEYS && rightsOf(register, last + 1).equals(rights)) last++;
            parts.add((first == last ? "key " + first : "keys " + first + " to " + last) + ": " + rights);
            first = last + 1;
        }
        return String.join(", ", parts);
    }

    private static String rightsOf(long register, int key) {
        int bits = (int) (register >>> 2 * key & 3);
        return (bits & 1) != 0 ? "no access" : (bits & 2) != 0 ? "read only" : "open";
    }

    /** Events that have been raised and not delivered, and why they wait. */
    List<String> pending() {
        List<Map<?, ?>> waiting = raised();
        for (StepJson step : cursor.trace().steps().subList(0, cursor.position().step())) {
            if (step.kind().equals("instruction")) continue;
            waiting.stream().filter(event -> matches(event, step)).findFirst().ifPresent(waiting::remove);
        }
        String held = held();
        List<String> texts = waiting.stream()
                .map(event -> name(event) + " pending" + (held == null ? "" : ": " + held))
                .toList();
        return texts.isEmpty() ? List.of("nothing pending") : texts;
    }

    private List<Map<?, ?>> raised() {
        List<Map<?, ?>> events = new ArrayList<>();
        Map<String, Object> recipe = cursor.trace().recipe();
        if (recipe == null || !(recipe.get("events") instanceof List<?> all)) return events;
        for (Object each : all) {
            boolean isDue = each instanceof Map<?, ?> event
                    && event.get("at") instanceof Number at
                    && at.intValue() <= cursor.position().step();
            if (isDue) events.add((Map<?, ?>) each);
        }
        return events;
    }

    private static boolean matches(Map<?, ?> event, StepJson step) {
        if (!step.kind().equals(event.get("kind"))) return false;
        boolean isNmi = step.kind().equals("nmi");
        return isNmi
                || step.event() != null
                        && Integer.valueOf(step.event().vector()).equals(event.get("vector"));
    }

    private static String name(Map<?, ?> event) {
        return "nmi".equals(event.get("kind")) ? "NMI" : "interrupt " + event.get("vector");
    }

    private @Nullable String held() {
        StepJson step = cursor.step();
        if (step == null) return null;
        String held = null;
        for (MicroJson micro : step.micro().subList(0, cursor.microIndex() + 1)) {
            if (micro.op().equals("event-held")) held = micro.title();
        }
        return held;
    }
}
