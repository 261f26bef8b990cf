package dev.trapframe.server.trace;

import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import java.util.Locale;

/** Names of machine things as JSON keys and as words in a text. */
final class Words {

    private static final int LAST_EXCEPTION = 31;
    private static final int LAST_NAMED = 21;

    private Words() {}

    /** {@code GATE_DPL} as {@code gate-dpl}. */
    static String kebab(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    /** {@code frame.error_code}. */
    static String slot(FrameSlot slot) {
        return "frame." + slot.name().toLowerCase(Locale.ROOT);
    }

    /** The word as a student reads it: {@code RFLAGS}, {@code error code}. */
    static String word(FrameSlot slot) {
        return slot == FrameSlot.ERROR_CODE ? "error code" : slot.name();
    }

    /** {@code #PF}, {@code NMI}, {@code INT 0x80}, {@code interrupt 0xec}. */
    static String name(Event event) {
        return switch (event.source()) {
            case EXCEPTION ->
                ExceptionVector.of(event.vector()).map(ExceptionVector::symbol).orElse("vector " + event.vector());
            case SOFTWARE_INTERRUPT ->
                event.vector() == ExceptionVector.BP.vector() ? "#BP" : "INT " + hex(event.vector());
            case INT1 -> "#DB";
            case EXTERNAL_INTERRUPT -> "interrupt " + hex(event.vector());
            case SPURIOUS_INTERRUPT -> "spurious interrupt";
            case NMI -> "NMI";
        };
    }

    /** The key under which the bundle has the event's title and its explanation. */
    static String key(Event event) {
        return switch (event.source()) {
            case EXCEPTION, NMI -> "event." + vectorKey(event.vector());
            case SOFTWARE_INTERRUPT -> event.vector() == ExceptionVector.BP.vector() ? "event.3" : "event.software";
            case INT1 -> "event.int1";
            case EXTERNAL_INTERRUPT -> "event.interrupt";
            case SPURIOUS_INTERRUPT -> "event.spurious";
        };
    }

    private static String vectorKey(int vector) {
        if (vector <= LAST_NAMED) return Integer.toString(vector);
        return vector <= LAST_EXCEPTION ? "reserved" : "interrupt";
    }
}
