package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.state.CpuState;

/** The stack segment in use, as those see it that read from it without being an instruction's operand. */
final class StackSegment {

    private static final long LINEAR_32 = 0xffff_ffffL;

    private StackSegment() {}

    /**
     * The linear address of what a stack pointer points to.
     *
     * @throws Fault #SS(0) beyond the segment's limit, outside of 64-bit mode
     */
    static long linear(CpuState cpu, long pointer, int sizeBytes) {
        long offset = cpu.stackOffset(pointer);
        if (cpu.in64BitMode()) return offset;
        SegmentDescriptor stack = SegmentDescriptor.of(cpu.descriptor(SystemRegister.SS));
        if (!stack.contains(offset, sizeBytes)) throw new Fault(ExceptionVector.SS);
        return stack.base() + offset & LINEAR_32;
    }
}
