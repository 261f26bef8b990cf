package dev.trapframe.emulator.api;

import dev.trapframe.emulator.event.Event;
import java.util.List;
import java.util.OptionalLong;

/**
 * One thing the processor does inside a step, with what it read, what it wrote and the rule it followed.
 *
 * <p>A micro-op is noted <em>after</em> its deed: it owns the changes made since the one before it. Addresses are linear
 * unless a name says physical; values are zero-extended.
 */
public sealed interface MicroOp {

    /** The instruction's bytes were fetched and decoded. */
    record InstructionFetched(long linear, int lengthBytes) implements MicroOp {}

    /** A data read by the instruction; 1 to 8 bytes (16-byte accesses are two). */
    record MemoryRead(long linear, int sizeBytes, long value) implements MicroOp {}

    /** A data write by the instruction. */
    record MemoryWritten(long linear, int sizeBytes, long value) implements MicroOp {}

    /** The instruction completed: it owns the register changes. */
    record InstructionExecuted() implements MicroOp {}

    /**
     * A page walk that refused an access. Granted accesses are not noted.
     *
     * @param linear  the byte that could not be reached
     * @param entries what was read, from the top level down to where the walk stopped
     * @param rule    what failed
     */
    record PageWalkRefused(long linear, List<PagingEntry> entries, Rule rule) implements MicroOp {

        public PageWalkRefused {
            entries = List.copyOf(entries);
        }
    }

    /** One paging-structure entry read by a walk; level 4 is the PML4, 1 the page table. */
    record PagingEntry(int level, long physical, long value) {}

    /**
     * An event was raised; delivery starts.
     *
     * @param savedRip what the frame will hold as RIP
     * @param cr2      the new CR2 if this is a page fault
     */
    record EventRaised(Event event, long savedRip, OptionalLong cr2) implements MicroOp {}

    /**
     * A pending event was looked at before the instruction and not taken.
     *
     * @param actual   for {@link Rule#TASK_PRIORITY} and {@link Rule#PROCESSOR_PRIORITY} the priority class of the interrupt,
     *                 else 0
     * @param required for {@link Rule#TASK_PRIORITY} the class in CR8, for {@link Rule#PROCESSOR_PRIORITY} that of the
     *                 interrupt in service, which it has to exceed, else 0
     */
    record EventHeld(Event event, Rule rule, long actual, long required) implements MicroOp {

        public EventHeld(Event event, Rule rule) {
            this(event, rule, 0, 0);
        }
    }

    /** A second event while the first was being delivered: what the double-fault rule made of the two. */
    record EventsCombined(Event first, Event second, Event delivered) implements MicroOp {}

    /** The IDT gate of the vector was read: its two quadwords and their fields. */
    record GateRead(
            int vector,
            long linear,
            long low,
            long high,
            int selector,
            long offset,
            int ist,
            int type,
            int dpl,
            boolean present)
            implements MicroOp {}

    /**
     * The 64-bit call gate of a far CALL or JMP was read: its two quadwords and their fields.
     *
     * @param selector names the gate
     * @param target   the code-segment selector in the gate
     */
    record CallGateRead(
            int selector, long linear, long low, long high, int target, long offset, int dpl, boolean present)
            implements MicroOp {}

    /**
     * A check was made.
     *
     * @param compared false if the rule does not apply to this event (the gate's DPL for a hardware exception)
     * @param passed   true as well where {@code compared} is false
     * @param actual   what was found (a limit, a type, a DPL, a selector …)
     * @param required what it was held against
     */
    record Checked(Rule rule, boolean compared, boolean passed, long actual, long required) implements MicroOp {}

    /** The new stack pointer was chosen; {@code tssLinear} is where it was read, 0 for {@link StackSource#SAME}. */
    record StackChosen(StackSource source, long tssLinear, long rsp, int oldCpl, int newCpl) implements MicroOp {}

    /** The stack pointer was rounded down to a multiple of 16. */
    record StackAligned(long before, long after) implements MicroOp {}

    /** One word of the frame was pushed; {@code linear} is where it now stands. */
    record Pushed(FrameSlot slot, long linear, long value) implements MicroOp {}

    /** CS, RIP, RSP, SS and RFLAGS were loaded: the handler's first instruction is next. */
    record HandlerEntered(int selector, long rip, long rsp, int newCpl, long rflagsCleared) implements MicroOp {}

    /** One word of the frame was popped by IRET. */
    record Popped(FrameSlot slot, long linear, long value) implements MicroOp {}

    /** IRET loaded what it popped: the interrupted code is next. */
    record Returned(int selector, long rip, int oldCpl, int newCpl) implements MicroOp {}

    /** GS.base and IA32_KERNEL_GS_BASE were exchanged. */
    record GsBasesSwapped(long newGsBase, long newKernelGsBase) implements MicroOp {}

    /**
     * An I/O port was read.
     *
     * @param value zero-extended from {@code sizeBytes}
     */
    record PortRead(int port, int sizeBytes, long value) implements MicroOp {}

    /** An I/O port was written; {@code value} is zero-extended from {@code sizeBytes}. */
    record PortWritten(int port, int sizeBytes, long value) implements MicroOp {}

    /** A machine check was reported: what error-reporting bank 0 holds now. */
    record MachineCheckReported(long status, long address, long misc) implements MicroOp {}

    /** The processor stopped until an interrupt comes. */
    record Halted() implements MicroOp {}
}
