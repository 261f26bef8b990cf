package dev.trapframe.server.trace;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A trace as {@code docs/trace-format.md} has it. What does not apply is null and left out; a hidden value is
 * {@link HexJson#HIDDEN} and stays, as {@code null}.
 *
 * @param recipeId  null in a hidden trace
 * @param recipe    canonical; null in a hidden trace
 * @param stepCount number of steps of the whole trace; of a hidden one up to where it is cut
 * @param from      index of the first step in {@code steps}
 * @param hidden    null in a public trace
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TraceJson(
        @Nullable String recipeId,
        int revision,
        @Nullable Map<String, Object> recipe,
        ProgramJson program,
        int stepCount,
        int from,
        EndJson end,
        Map<String, HexJson> registers,
        List<StackJson> stacks,
        List<MemoryJson> memory,
        List<OverlayJson> overlays,
        Map<String, HexJson> symbols,
        List<CodeJson> code,
        List<StepJson> steps,
        @Nullable HiddenJson hidden) {

    /** @param sha256 content hash; null in a hidden trace */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ProgramJson(String name, @Nullable String sha256, String title) {}

    /**
     * @param kind {@code halted}, {@code end-reached}, {@code shutdown}, {@code not-emulated}, {@code step-limit},
     *     {@code iteration-limit},
     *     {@code memory-limit}, {@code time-limit}; {@code hidden} where the trace is cut
     */
    public record EndJson(String kind, String text) {}

    /**
     * @param low  first byte
     * @param high first byte beyond
     */
    public record StackJson(String id, String title, HexJson low, HexJson high) {}

    /** @param bytes hex pairs in the order of their addresses */
    public record MemoryJson(HexJson address, String bytes) {}

    /** A struct laid over memory. */
    public record OverlayJson(
            String id, String struct, String title, HexJson address, int size, List<FieldJson> fields) {}

    /**
     * @param name    the path within the struct, for example {@code arch.pks}; empty for padding
     * @param slot    what a probe calls it; null for padding and for structs without slots
     * @param padding true, or null where it is a field
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record FieldJson(
            String name,
            int offset,
            int size,
            @Nullable String slot,
            @Nullable Boolean padding) {}

    /**
     * One instruction of the program.
     *
     * @param labels null if there is none
     * @param note   the comment of the source line; null if there is none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record CodeJson(
            HexJson address,
            String bytes,
            String att,
            String intel,
            @Nullable List<String> labels,
            @Nullable String file,
            @Nullable Integer line,
            @Nullable String note,
            @Nullable String phase) {}

    /**
     * What is hidden and why.
     *
     * @param slots the probes' slots
     * @param cutAt position after which nothing is sent; null if the trace is whole
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record HiddenJson(List<String> slots, @Nullable Integer cutAt, String text) {}
}
