package dev.trapframe.emulator.event;

import java.util.OptionalInt;

/**
 * Something that the processor delivers through the IDT: an exception, a software interrupt, an external interrupt, an NMI.
 *
 * @param vector    0 to 255
 * @param source    where it comes from; decides the DPL check and the EXT bit
 * @param errorCode what is pushed, 32 bits; empty if the event pushes none
 */
public record Event(int vector, Source source, OptionalInt errorCode) {

    /** Where an event comes from. */
    public enum Source {
        /** A fault, trap or abort that the processor raised. */
        EXCEPTION,
        /** INT n, INT3 or INTO: the only ones whose gate DPL is compared with CPL. */
        SOFTWARE_INTERRUPT,
        /** INT1: software, yet privileged and external to the program as far as EXT and DPL go. */
        INT1,
        EXTERNAL_INTERRUPT,
        /** An interrupt that was withdrawn before the local APIC could name it: delivered with the spurious vector. */
        SPURIOUS_INTERRUPT,
        NMI
    }

    public Event {
        if (vector < 0 || vector > 255) throw new IllegalArgumentException("vector is 8 bits, got " + vector);
    }

    /** An exception without an error code, or with the one given by {@link #exception(ExceptionVector, int)}. */
    public static Event exception(ExceptionVector vector) {
        return new Event(vector.vector(), Source.EXCEPTION, OptionalInt.empty());
    }

    public static Event exception(ExceptionVector vector, int errorCode) {
        return new Event(vector.vector(), Source.EXCEPTION, OptionalInt.of(errorCode));
    }

    public static Event softwareInterrupt(int vector) {
        return new Event(vector, Source.SOFTWARE_INTERRUPT, OptionalInt.empty());
    }

    public static Event externalInterrupt(int vector) {
        return new Event(vector, Source.EXTERNAL_INTERRUPT, OptionalInt.empty());
    }

    /** What the local APIC says instead of an interrupt that is there no more; its vector stands in the SVR. */
    public static Event spuriousInterrupt() {
        return new Event(0xff, Source.SPURIOUS_INTERRUPT, OptionalInt.empty());
    }

    public static Event nmi() {
        return new Event(2, Source.NMI, OptionalInt.empty());
    }

    /** For people, for example {@code #GP(0x10)}, {@code INT 0x80}, {@code interrupt 0x40} or {@code NMI}. */
    public String describe() {
        return switch (source) {
            case EXCEPTION, INT1 ->
                ExceptionVector.of(vector).map(ExceptionVector::symbol).orElse("vector " + vector)
                        + (errorCode.isPresent() ? "(0x" + Integer.toHexString(errorCode.getAsInt()) + ")" : "");
            case SOFTWARE_INTERRUPT -> "INT 0x" + Integer.toHexString(vector);
            case EXTERNAL_INTERRUPT -> "interrupt 0x" + Integer.toHexString(vector);
            case SPURIOUS_INTERRUPT -> "the spurious interrupt";
            case NMI -> "NMI";
        };
    }
}
