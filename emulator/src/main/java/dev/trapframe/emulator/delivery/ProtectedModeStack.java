package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.FrameSlot;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.memory.Privilege;
import dev.trapframe.emulator.state.CpuState;

/**
 * A stack that a gate of 8 bytes pushes to before SS and ESP are loaded: the one in use or that of an inner level.
 *
 * <p>Source: Intel SDM Vol. 3A, "Stack Switching"; Vol. 1, "Address-Size Attribute for Stack".
 */
final class ProtectedModeStack {

    private static final long MASK_16 = 0xffffL;
    private static final long MASK_32 = 0xffff_ffffL;

    private final CpuState cpu;
    private final LinearMemory memory;
    private final int selector;
    private final SegmentDescriptor segment;
    private final Privilege privilege;
    private long esp;

    ProtectedModeStack(CpuState cpu, LinearMemory memory, int selector, SegmentDescriptor segment, long esp, int cpl) {
        this.cpu = cpu;
        this.memory = memory;
        this.selector = selector;
        this.segment = segment;
        this.privilege = Privilege.ofCpl(cpl);
        this.esp = esp;
    }

    /** The stack in use. */
    static ProtectedModeStack current(CpuState cpu, LinearMemory memory) {
        SegmentDescriptor segment = SegmentDescriptor.of(cpu.descriptor(SystemRegister.SS));
        return new ProtectedModeStack(
                cpu, memory, cpu.selector(SegmentRegister.SS), segment, cpu.rsp() & MASK_32, cpu.cpl());
    }

    int selector() {
        return selector;
    }

    long esp() {
        return esp;
    }

    /** #SS with this error code unless that many words fit below ESP. */
    void requireRoom(int words, int wordBytes, int errorCode) {
        boolean fits = true;
        for (int i = 1; i <= words; i++) fits &= segment.contains(offset(esp - (long) i * wordBytes), wordBytes);
        new Checks(cpu)
                .require(
                        Rule.STACK_ROOM,
                        fits,
                        (long) words * wordBytes,
                        segment.limitBytes(),
                        ExceptionVector.SS,
                        errorCode);
    }

    /** Pushes a word of an interrupt's frame. */
    void push(FrameSlot slot, int wordBytes, long value) {
        long cut = LittleEndian.truncate(value, wordBytes);
        long linear = write(wordBytes, cut);
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.Pushed(slot, linear, cut));
    }

    /** Pushes a word of a call. */
    void push(int wordBytes, long value) {
        long cut = LittleEndian.truncate(value, wordBytes);
        long linear = write(wordBytes, cut);
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.MemoryWritten(linear, wordBytes, cut));
    }

    private long write(int wordBytes, long value) {
        long below = esp - wordBytes;
        long linear = segment.base() + offset(below) & MASK_32;
        memory.writeAs(privilege, SegmentRegister.SS, linear, wordBytes, value);
        esp = segment.isBig() ? below & MASK_32 : esp & ~MASK_16 | below & MASK_16;
        return linear;
    }

    private long offset(long pointer) {
        return pointer & (segment.isBig() ? MASK_32 : MASK_16);
    }

    /** Loads SS. */
    void loadSegment(DescriptorTables tables) {
        cpu.setSegment(
                SegmentRegister.SS, tables.markAccessed(selector, segment).loadedAs(selector));
    }
}
