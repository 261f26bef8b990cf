package dev.trapframe.server.stepper;

import dev.trapframe.server.stepper.StepperView.CodeRow;
import dev.trapframe.server.trace.HexJson;
import dev.trapframe.server.trace.StepJson;
import dev.trapframe.server.trace.StepJson.MicroJson;
import dev.trapframe.server.trace.TraceJson.CodeJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The code pane: the lines around the position, and inside a step its micro-ops below the line. */
final class CodeRows {

    private static final int LINES_BEFORE = 8;
    private static final int LINES_AFTER = 16;

    /** A direct call or jump: its last word is an address. */
    private static final Pattern BRANCH = Pattern.compile("(?:call|jmp|j[a-z]{1,3})\\s+(?:0x)?([0-9a-f]+)");

    private final TraceCursor cursor;
    private final Map<String, String> labels;
    private final List<CodeJson> code;
    private final @Nullable StepJson step;
    private final @Nullable StepJson next;

    private CodeRows(TraceCursor cursor) {
        this.cursor = cursor;
        this.code = cursor.trace().code();
        this.labels = labelsByAddress(code);
        this.step = cursor.step();
        this.next = cursor.next();
    }

    static List<CodeRow> of(TraceCursor cursor) {
        return new CodeRows(cursor).rows();
    }

    private List<CodeRow> rows() {
        int centre = Math.max(0, indexOf(next != null ? next : step));
        int from = Math.max(0, centre - LINES_BEFORE);
        int to = Math.min(code.size(), centre + LINES_AFTER);
        List<CodeRow> rows = new ArrayList<>();
        boolean isElsewhere = step != null && (indexOf(step) < from || indexOf(step) >= to);
        if (isElsewhere) addLine(rows, code.isEmpty() || indexOf(step) < 0 ? null : code.get(indexOf(step)));
        addMore(rows, from);
        for (CodeJson line : code.subList(from, to)) addLine(rows, line);
        addMore(rows, code.size() - to);
        return rows;
    }

    private int indexOf(@Nullable StepJson wanted) {
        if (wanted == null) return 0;
        for (int i = 0; i < code.size(); i++) if (code.get(i).address().equals(wanted.at())) return i;
        return -1;
    }

    private static void addMore(List<CodeRow> rows, int count) {
        if (count > 0) rows.add(CodeRow.text("more", count + (count == 1 ? " more line" : " more lines")));
    }

    /** @param line null if the step ran code that is not in the listing: its micro-ops alone are shown */
    private void addLine(List<CodeRow> rows, @Nullable CodeJson line) {
        boolean hasMicroOps = line == null || (step != null && line.address().equals(step.at()));
        boolean isAsynchronous = step != null && !step.kind().equals("instruction");
        if (line != null && line.labels() != null) {
            for (String label : line.labels()) rows.add(CodeRow.text("label", label + ":"));
        }
        if (hasMicroOps && isAsynchronous) addMicroOps(rows);
        if (line != null) rows.add(row(line));
        if (hasMicroOps && !isAsynchronous) addMicroOps(rows);
    }

    private CodeRow row(CodeJson line) {
        boolean isInside = cursor.position().micro() > 0;
        boolean isNow = isInside && isAt(step, line.address());
        boolean isDone = !isInside && isAt(step, line.address());
        boolean isNext = isAt(next, line.address());
        String mark = isNow ? "now" : isNext ? (isDone ? "again" : "next") : isDone ? "done" : "";
        String marks =
                isNow ? "is-now" : isDone && isNext ? "is-done is-next" : isDone ? "is-done" : isNext ? "is-next" : "";
        return new CodeRow(
                "line",
                line.att(),
                line.intel(),
                line.address().text(),
                Digits.shortAddress(Digits.parse(line.address())),
                target(line),
                line.note(),
                line.phase(),
                mark,
                marks,
                "",
                false,
                isNow || isNext);
    }

    /** Where a direct call or jump goes, by name. {@code static/js/format/targets.js} says the same. */
    private String target(CodeJson line) {
        Matcher branch = BRANCH.matcher(line.att());
        String label = branch.matches() ? labels.get("0x" + branch.group(1)) : null;
        return label == null ? "" : "<" + label + ">";
    }

    private static Map<String, String> labelsByAddress(List<CodeJson> code) {
        Map<String, String> labels = new HashMap<>();
        for (CodeJson line : code) {
            boolean hasLabel = line.labels() != null && !line.labels().isEmpty();
            if (hasLabel) labels.put(Digits.hex(line.address()), line.labels().get(0));
        }
        return labels;
    }

    private static boolean isAt(@Nullable StepJson step, HexJson address) {
        return step != null && step.at().equals(address);
    }

    /** A step that raised nothing and is over needs no more than its line. */
    private void addMicroOps(List<CodeRow> rows) {
        if (step == null || (cursor.position().micro() == 0 && step.outcome().equals("retired"))) return;
        if (!step.kind().equals("instruction")) rows.add(CodeRow.text("title", Words.instruction(step)));
        for (int i = 0; i < step.micro().size(); i++)
            rows.add(microRow(step.micro().get(i), i - cursor.microIndex()));
    }

    private static CodeRow microRow(MicroJson micro, int ahead) {
        String state = ahead == 0 ? "current" : ahead < 0 ? "done" : "todo";
        return new CodeRow(
                "micro",
                micro.title(),
                "",
                null,
                "",
                "",
                null,
                micro.phase(),
                Phases.kindOf(micro),
                "",
                state,
                Words.isRefused(micro),
                ahead == 0);
    }
}
