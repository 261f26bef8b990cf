package dev.trapframe.server.stepper;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that {@code templates/fragments/stepper.html} shows of one position. Texts are ready to show, not escaped.
 *
 * @param position as in addresses, {@code 12.5}
 * @param start    where the stepper stands if the address names no position
 * @param where    {@code step 6 of 96 · micro-op 3 of 14}
 * @param note     what was wrong with the position asked for; null if nothing
 */
public record StepperView(
        String id,
        String parameter,
        String title,
        @Nullable String traceUrl,
        @Nullable String recipe,
        String position,
        String start,
        String where,
        String phase,
        String phaseName,
        @Nullable String note,
        List<Link> links,
        List<Segment> timeline,
        List<CodeRow> code,
        String stackTitle,
        List<StackRow> stack,
        List<Register> registers,
        List<Flag> flags,
        List<ProcessorLine> processor,
        List<String> pending,
        Explanation explanation) {

    /** One of the step links; {@code href} is null where there is nowhere to go. */
    public record Link(String id, String text, @Nullable String href) {}

    /**
     * A run of micro-ops of one phase.
     *
     * @param grow class that gives it its share of the width
     */
    public record Segment(String phase, String name, String href, String position, String grow, boolean current) {}

    /**
     * A row of the code pane.
     *
     * @param kind    {@code line}, {@code label}, {@code micro}, {@code title}, {@code more}
     * @param target  where a direct call or jump goes, {@code <error_entry>}; empty otherwise
     * @param mark    {@code done}, {@code next}, {@code now}, {@code again} or empty; for a micro-op its kind
     * @param marks   classes for the mark
     * @param state   of a micro-op: {@code done}, {@code current}, {@code todo}
     * @param current true for the one row that the position is at
     */
    public record CodeRow(
            String kind,
            String text,
            String intel,
            @Nullable String address,
            String shortAddress,
            String target,
            @Nullable String note,
            @Nullable String phase,
            String mark,
            String marks,
            String state,
            boolean refused,
            boolean current) {

        static CodeRow text(String kind, String text) {
            return new CodeRow(kind, text, "", null, "", "", null, null, "", "", "", false, false);
        }
    }

    /**
     * A row of the stack pane, high addresses first.
     *
     * @param kind     {@code edge}, {@code struct}, {@code word}, {@code fold}
     * @param text     of a row that is no word
     * @param changed  true if the word has just been written
     * @param before   what a changed word held, if anything had been written there and it differs; null otherwise
     * @param state    {@code value}, {@code unwritten}, {@code hidden}
     * @param rsp      the marker's text if RSP points here; null otherwise
     * @param brackets classes of the bars of the structs that cover the word
     * @param writer   {@code CPU} or {@code code}; null if nothing has written the word
     */
    public record StackRow(
            String kind,
            String text,
            String address,
            String shortAddress,
            List<Field> fields,
            String value,
            String state,
            boolean changed,
            @Nullable String before,
            @Nullable String rsp,
            List<String> brackets,
            @Nullable String phase,
            @Nullable String writer,
            @Nullable String writerAt,
            @Nullable String writerHref,
            @Nullable String writerTitle) {}

    /** Where a struct's field meets a word; {@code value} starts with a blank, or is empty where it is the whole word. */
    public record Field(String offset, String name, boolean padding, String value) {}

    /** A register; {@code before} is null unless it has just changed. */
    public record Register(String name, @Nullable String before, String value) {}

    public record Flag(String text, String meaning, boolean on, boolean changed) {}

    /** A line of the processor pane; {@code note} is null if there is nothing to add. */
    public record ProcessorLine(
            String id, String name, String value, @Nullable String note, boolean changed) {}

    /** The explain card; what does not apply is empty. */
    public record Explanation(
            String phase, String step, String title, String why, String source, boolean refused, String end) {}
}
