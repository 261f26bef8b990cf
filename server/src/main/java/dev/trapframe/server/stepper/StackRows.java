package dev.trapframe.server.stepper;

import dev.trapframe.server.scenario.Position;
import dev.trapframe.server.stepper.StepperView.Field;
import dev.trapframe.server.stepper.StepperView.StackRow;
import dev.trapframe.server.trace.StepJson;
import dev.trapframe.server.trace.StepJson.MicroJson;
import dev.trapframe.server.trace.TraceJson;
import dev.trapframe.server.trace.TraceJson.FieldJson;
import dev.trapframe.server.trace.TraceJson.OverlayJson;
import dev.trapframe.server.trace.TraceJson.StackJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The stack pane: every word that the trace writes or a struct covers, from the top down, so that rows fill in and do not
 * move. {@code static/js/format/stack-rows.js} lays the same rows.
 */
final class StackRows {

    private static final String UNWRITTEN = "not yet written";
    /** So many words that nothing ever touches are folded into one line. */
    private static final int FOLD_FROM = 6;
    /** A pane shows at most this many words, those around RSP. */
    private static final int MOST_WORDS = 160;

    private static final int BRACKET_COLOURS = 3;

    private final TraceCursor cursor;
    private final StepperPlace place;
    private final StackJson stack;
    private final @Nullable Long rsp;
    private final List<OverlayJson> overlays;
    private final Map<Long, Word> before;

    private StackRows(TraceCursor cursor, StepperPlace place, StackJson stack) {
        this.cursor = cursor;
        this.place = place;
        this.stack = stack;
        this.rsp = cursor.value("rsp");
        this.overlays = overlaysOn(cursor.trace(), stack);
        this.before = cursor.changedWords();
    }

    static List<StackRow> of(TraceCursor cursor, StepperPlace place, StackJson stack) {
        return new StackRows(cursor, place, stack).rows();
    }

    /** The stack that is the stage: where the frame is being pushed, else where RSP points; null if that is none. */
    static @Nullable StackJson inUse(TraceCursor cursor) {
        Long frame = frameAddress(cursor.step(), cursor.microIndex());
        Long rsp = cursor.value("rsp");
        for (StackJson stack : cursor.trace().stacks()) if (frame != null && contains(stack, frame)) return stack;
        for (StackJson stack : cursor.trace().stacks()) if (rsp != null && contains(stack, rsp - 1)) return stack;
        return null;
    }

    private static @Nullable Long frameAddress(@Nullable StepJson step, int microIndex) {
        if (step == null || step.micro().get(microIndex).op().equals("handler-entered")) return null;
        boolean isChosen = false;
        for (int i = 0; i < step.micro().size(); i++) {
            MicroJson micro = step.micro().get(i);
            if (micro.op().equals("stack-chosen") && i <= microIndex) isChosen = true;
            if (isChosen && micro.op().equals("pushed") && micro.at() != null) {
                return Digits.parse(micro.at().address());
            }
        }
        return null;
    }

    private static boolean contains(StackJson stack, long address) {
        return Long.compareUnsigned(address, Digits.parse(stack.low())) >= 0
                && Long.compareUnsigned(address, Digits.parse(stack.high())) < 0;
    }

    /** Largest first, so that a smaller struct within a larger one is named by itself. */
    private static List<OverlayJson> overlaysOn(TraceJson trace, StackJson stack) {
        return trace.overlays().stream()
                .filter(overlay -> contains(stack, start(overlay)))
                .sorted(Comparator.comparingInt(OverlayJson::size).reversed())
                .toList();
    }

    private List<StackRow> rows() {
        List<StackRow> rows = new ArrayList<>();
        rows.add(edge());
        List<Long> words = shownWords();
        for (int i = 0; i < words.size(); ) {
            int quiet = quietRun(words, i);
            if (quiet >= FOLD_FROM) {
                rows.add(line("fold", quiet + " words, " + UNWRITTEN, List.of()));
                i += quiet;
            } else {
                addStructs(rows, words.get(i));
                rows.add(word(words.get(i)));
                i++;
            }
        }
        return rows;
    }

    private List<Long> shownWords() {
        long high = Digits.parse(stack.high());
        boolean isHere = rsp != null && contains(stack, rsp);
        long lowest = high - Word.BYTES;
        for (OverlayJson overlay : overlays) lowest = least(lowest, start(overlay) & -Word.BYTES);
        for (long word : cursor.touched()) if (contains(stack, word)) lowest = least(lowest, word);
        if (isHere) lowest = least(lowest, rsp & -Word.BYTES);
        int count = (int) ((high - lowest) / Word.BYTES);
        int marker = isHere ? (int) ((high - Word.BYTES - (rsp & -Word.BYTES)) / Word.BYTES) : 0;
        int first = Math.max(0, Math.min(marker - MOST_WORDS / 2, count - MOST_WORDS));
        return IntStream.range(first, first + Math.min(count, MOST_WORDS))
                .mapToObj(i -> high - (long) Word.BYTES * (i + 1))
                .toList();
    }

    private static long least(long a, long b) {
        return Long.compareUnsigned(a, b) < 0 ? a : b;
    }

    private int quietRun(List<Long> words, int from) {
        int i = from;
        while (i < words.size() && isQuiet(words.get(i))) i++;
        return i - from;
    }

    private boolean isQuiet(long word) {
        return !cursor.touched().contains(word)
                && cursor.word(word).isNothing()
                && overlays.stream().noneMatch(overlay -> covers(overlay, word))
                && !(rsp != null && holds(word, rsp));
    }

    private StackRow edge() {
        long high = Digits.parse(stack.high());
        String mark = rsp != null && rsp == high ? rspMark() : null;
        String text = "high addresses, stack grows down";
        return new StackRow(
                "edge",
                text,
                Digits.hex(high),
                Digits.stackAddress(high),
                List.of(),
                "",
                "value",
                false,
                null,
                mark,
                List.of(),
                null,
                null,
                null,
                null,
                null);
    }

    private void addStructs(List<StackRow> rows, long word) {
        for (int i = 0; i < overlays.size(); i++) {
            OverlayJson overlay = overlays.get(i);
            if (!holds(word, start(overlay) + overlay.size() - 1)) continue;
            rows.add(line("struct", overlay.title() + ", " + overlay.size() + " bytes", brackets(word, i)));
        }
    }

    private static StackRow line(String kind, String text, List<String> brackets) {
        return new StackRow(
                kind, text, "", "", List.of(), "", "value", false, null, null, brackets, null, null, null, null, null);
    }

    private StackRow word(long address) {
        Word word = cursor.word(address);
        Integer written = cursor.lastWrite(address);
        MicroJson writer = written == null ? null : cursor.microBefore(written);
        Position at = written == null ? null : cursor.positionAt(written);
        boolean isUnwritten = writer == null && word.isNothing();
        String value = isUnwritten ? UNWRITTEN : word.text();
        return new StackRow(
                "word",
                "",
                Digits.hex(address),
                Digits.stackAddress(address),
                fields(address, word, isUnwritten),
                value,
                isUnwritten ? "unwritten" : word.hidden() != 0 ? "hidden" : "value",
                before.containsKey(address),
                before(address, value),
                rsp != null && holds(address, rsp) ? rspMark() : null,
                brackets(address, overlays.size()),
                writer == null ? null : writer.phase(),
                writer == null ? null : Phases.writerOf(writer),
                at == null ? null : at.toString(),
                at == null ? null : place.linkTo(at),
                writer == null ? null : writer.title());
    }

    private @Nullable String before(long address, String value) {
        Word old = before.get(address);
        if (old == null || (old.isNothing() && !cursor.wasWritten(address))) return null;
        return old.text().equals(value) ? null : old.text();
    }

    /** A stack pointer that is no multiple of 8 points into a word. */
    private String rspMark() {
        long inside = rsp == null ? 0 : rsp & Word.BYTES - 1;
        return inside == 0 ? " ◀ RSP" : " ◀ RSP, byte " + inside;
    }

    private List<String> brackets(long word, int upTo) {
        return IntStream.range(0, overlays.size())
                .filter(i -> i <= upTo && covers(overlays.get(i), word))
                .mapToObj(i -> "bracket bracket-" + i % BRACKET_COLOURS)
                .toList();
    }

    private List<Field> fields(long address, Word word, boolean isUnwritten) {
        OverlayJson overlay = smallestOver(address);
        if (overlay == null) return List.of();
        List<Field> fields = new ArrayList<>();
        for (FieldJson field : overlay.fields()) {
            long first = start(overlay) + field.offset();
            boolean meets = first < address + Word.BYTES && first + field.size() > address;
            if (meets) fields.add(field(field, (int) (first - address), word, isUnwritten));
        }
        Collections.reverse(fields);
        return fields;
    }

    private @Nullable OverlayJson smallestOver(long word) {
        OverlayJson found = null;
        for (OverlayJson overlay : overlays) if (covers(overlay, word)) found = overlay;
        return found;
    }

    private static Field field(FieldJson field, int inside, Word word, boolean isUnwritten) {
        boolean isPadding = Boolean.TRUE.equals(field.padding());
        boolean isWhole = field.size() >= Word.BYTES || inside < 0 || inside + field.size() > Word.BYTES;
        String value = isWhole || isUnwritten || isPadding ? "" : " " + word.text(inside, field.size());
        String name = isPadding ? "padding, " + field.size() + " bytes" : field.name();
        return new Field(Digits.offset(field.offset()), name, isPadding, value);
    }

    private static long start(OverlayJson overlay) {
        return Digits.parse(overlay.address());
    }

    private static boolean covers(OverlayJson overlay, long word) {
        return Long.compareUnsigned(start(overlay), word + Word.BYTES) < 0
                && Long.compareUnsigned(start(overlay) + overlay.size(), word) > 0;
    }

    private static boolean holds(long word, long address) {
        return (address & -Word.BYTES) == word;
    }
}
