package dev.trapframe.server.trace;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One step of a trace, as {@code docs/trace-format.md} has it.
 *
 * @param index   the step leads from position {@code index} to {@code index + 1}
 * @param at      RIP before the step
 * @param bytes   of the instruction; null for an asynchronous delivery and where the fetch failed, as are the next two
 * @param outcome {@code retired}, {@code event}, {@code halted}, {@code shutdown}, {@code not-emulated}
 * @param kind    {@code instruction}, {@code interrupt} or {@code nmi}
 * @param event   what was delivered; null if nothing was
 * @param micro   at least one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StepJson(
        int index,
        HexJson at,
        @Nullable String bytes,
        @Nullable String att,
        @Nullable String intel,
        String outcome,
        String kind,
        @Nullable EventJson event,
        List<MicroJson> micro) {

    /** @param errorCode null if the event has none; {@link HexJson#HIDDEN} if it has one that is hidden */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record EventJson(
            int vector, String name, String title, @Nullable HexJson errorCode) {}

    /**
     * One micro-op.
     *
     * @param registers register to its value before and after; null if none changed, as is {@code memory}
     * @param at        the memory access of this micro-op; null if it has none
     * @param slot      of {@code pushed} and {@code popped}
     * @param refused   true or null
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record MicroJson(
            String op,
            String phase,
            String title,
            String why,
            @Nullable String source,
            @Nullable String rule,
            @Nullable Boolean refused,
            @Nullable Map<String, List<HexJson>> registers,
            @Nullable List<MemoryChangeJson> memory,
            @Nullable AccessJson at,
            @Nullable String slot) {}

    /** Little-endian values of {@code size} bytes, 1 to 8. */
    public record MemoryChangeJson(HexJson address, int size, HexJson before, HexJson after) {}

    /** @param access {@code read} or {@code write} */
    public record AccessJson(HexJson address, int size, HexJson value, String access) {}
}
