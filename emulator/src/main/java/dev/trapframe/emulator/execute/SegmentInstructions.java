package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import dev.trapframe.emulator.state.CpuState;

/**
 * Loads and stores of segment registers. Source: Intel SDM Vol. 1, "Segment Register Instructions"; Vol. 3A, "Segment
 * Registers" and "Privilege Level Checking When Accessing Data Segments".
 */
final class SegmentInstructions {

    private static final int USER = 3;
    private static final int DPL_SHIFT = 5;

    private SegmentInstructions() {}

    /** Zero-extended to a register, 16 bits to memory. Source: Intel SDM Vol. 2B, MOV. */
    static void movFrom(Instruction instruction, Context context) {
        context.write(instruction.operand(0), selectorOf(context, instruction, 1));
    }

    /**
     * #UD for CS; then as {@link #load}. After MOV SS the next instruction runs before an interrupt or a debug trap.
     *
     * <p>Source: Intel SDM Vol. 2B, MOV.
     */
    static void movTo(Instruction instruction, Context context) {
        SegmentRegister segment = ((SegmentRegisterOperand) instruction.operand(0)).register();
        Checks.requireValid(segment != SegmentRegister.CS);
        load(context, segment, (int) context.read(instruction.operand(1)) & 0xffff);
        if (segment == SegmentRegister.SS) context.shadowAfterMovSs();
    }

    /** As wide as the operand size, zero-extended. Source: Intel SDM Vol. 2B, PUSH. */
    static void push(Instruction instruction, Context context) {
        StackInstructions.push(context, selectorOf(context, instruction, 0), instruction.operandSizeBytes());
    }

    /** RSP moves only once the segment register is loaded. Source: Intel SDM Vol. 2B, POP. */
    static void pop(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        SegmentRegister segment = ((SegmentRegisterOperand) instruction.operand(0)).register();
        long rsp = cpu.rsp();
        int selector = (int) context.loadFromStack(rsp, instruction.operandSizeBytes()) & 0xffff;
        long moved = rsp + instruction.operandSizeBytes();
        boolean narrow = cpu.stackAddressSizeBytes() == Short.BYTES;
        long after = narrow ? rsp & ~0xffffL | moved & 0xffffL : cpu.stackOffset(moved);
        load(context, segment, selector);
        cpu.setRsp(after);
        if (segment == SegmentRegister.SS) context.shadowAfterMovSs();
    }

    private static int selectorOf(Context context, Instruction instruction, int operand) {
        SegmentRegisterOperand segment = (SegmentRegisterOperand) instruction.operand(operand);
        return context.cpu().selector(segment.register());
    }

    /** Source: Intel SDM Vol. 2A, LDS/LES/LFS/LGS/LSS. */
    static void lds(Instruction instruction, Context context) {
        loadFarPointer(instruction, context, SegmentRegister.DS);
    }

    /** Source: Intel SDM Vol. 2A, LDS/LES/LFS/LGS/LSS. */
    static void les(Instruction instruction, Context context) {
        loadFarPointer(instruction, context, SegmentRegister.ES);
    }

    /** Source: Intel SDM Vol. 2A, LDS/LES/LFS/LGS/LSS. */
    static void lss(Instruction instruction, Context context) {
        loadFarPointer(instruction, context, SegmentRegister.SS);
    }

    /** Source: Intel SDM Vol. 2A, LDS/LES/LFS/LGS/LSS. */
    static void lfs(Instruction instruction, Context context) {
        loadFarPointer(instruction, context, SegmentRegister.FS);
    }

    /** Source: Intel SDM Vol. 2A, LDS/LES/LFS/LGS/LSS. */
    static void lgs(Instruction instruction, Context context) {
        loadFarPointer(instruction, context, SegmentRegister.GS);
    }

    private static void loadFarPointer(Instruction instruction, Context context, SegmentRegister segment) {
        FarPointer pointer = FarPointer.read(instruction, context, (MemoryOperand) instruction.operand(1));
        load(context, segment, pointer.selector());
        context.write(instruction.operand(0), pointer.offset());
    }

    /**
     * Loads a segment register other than CS, all checks first: #GP(0), #GP(selector), #NP(selector), for SS
     * #SS(selector).
     */
    private static void load(Context context, SegmentRegister segment, int selector) {
        if (segment == SegmentRegister.SS) loadStackSegment(context, selector);
        else loadDataSegment(context, segment, selector);
    }

    private static void loadDataSegment(Context context, SegmentRegister segment, int selector) {
        CpuState cpu = context.cpu();
        if (SegmentDescriptor.isNull(selector)) {
            cpu.setSegment(segment, new Descriptor(selector, 0, 0, 0));
            return;
        }
        SegmentDescriptor descriptor = SegmentDescriptors.read(context, selector);
        SegmentDescriptors.require(descriptor.isReadable(), selector);
        int outermost = Math.max(cpu.cpl(), SegmentDescriptor.rpl(selector));
        SegmentDescriptors.require(descriptor.isConforming() || outermost <= descriptor.dpl(), selector);
        SegmentDescriptors.requirePresent(descriptor, selector);
        cpu.setSegment(
                segment,
                SegmentDescriptors.markAccessed(context, selector, descriptor).loadedAs(selector));
    }

    /** SS may be null in 64-bit mode below CPL 3. */
    private static void loadStackSegment(Context context, int selector) {
        CpuState cpu = context.cpu();
        int cpl = cpu.cpl();
        if (SegmentDescriptor.isNull(selector)) {
            Checks.require(cpu.in64BitMode() && cpl != USER && SegmentDescriptor.rpl(selector) == cpl);
            cpu.setSegment(SegmentRegister.SS, new Descriptor(selector, 0, 0, cpl << DPL_SHIFT));
            return;
        }
        SegmentDescriptor descriptor = stackSegment(context, selector, cpl);
        SegmentDescriptor accessed = SegmentDescriptors.markAccessed(context, selector, descriptor);
        cpu.setSegment(SegmentRegister.SS, accessed.loadedAs(selector));
    }

    /** The descriptor of a stack at {@code cpl}: RPL and DPL equal to it, writable, #SS(selector) if not present. */
    static SegmentDescriptor stackSegment(Context context, int selector, int cpl) {
        SegmentDescriptor descriptor = SegmentDescriptors.read(context, selector);
        SegmentDescriptors.require(SegmentDescriptor.rpl(selector) == cpl, selector);
        SegmentDescriptors.require(descriptor.isWritable() && descriptor.dpl() == cpl, selector);
        if (!descriptor.isPresent()) throw SegmentDescriptors.fault(ExceptionVector.SS, selector);
        return descriptor;
    }
}
