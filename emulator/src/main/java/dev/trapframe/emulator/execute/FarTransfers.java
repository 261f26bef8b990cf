package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.delivery.OuterLevel;
import dev.trapframe.emulator.descriptor.CallGate;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.FarPointerOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;
import org.jspecify.annotations.Nullable;

/**
 * Far JMP, CALL and RET. Of system descriptors call gates are targets, in IA-32e mode 64-bit ones only: all others are
 * #GP(selector) there. Task switches outside of it are not emulated.
 *
 * <p>Source: Intel SDM Vol. 2A, JMP and CALL; Vol. 2B, RET; Vol. 3A, "Direct Calls or Jumps to Code Segments".
 */
final class FarTransfers {

    private static final int USER = 3;
    private static final int DPL_SHIFT = 5;

    private FarTransfers() {}

    /**
     * #GP(0), #GP(selector), #NP(selector), then the target: nothing changes before.
     *
     * <p>Source: Intel SDM Vol. 2A, JMP.
     */
    static void jmp(Instruction instruction, Context context) {
        FarPointer pointer = pointer(instruction, context);
        SegmentDescriptor code = target(context, pointer.selector());
        if (isCallGate(context, code)) {
            context.jumpThroughGate(pointer.selector());
            return;
        }
        requirePermitted(context, pointer.selector(), code);
        requireReachable(context, code, pointer.offset());
        context.jumpFar(pointer.offset());
        loadCodeSegment(context, pointer.selector(), code, context.cpu().cpl());
    }

    /** As {@link #jmp}, and pushes CS and RIP. Source: Intel SDM Vol. 2A, CALL. */
    static void call(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operandSizeBytes();
        FarPointer pointer = pointer(instruction, context);
        SegmentDescriptor code = target(context, pointer.selector());
        if (isCallGate(context, code)) {
            context.callThroughGate(pointer.selector());
            return;
        }
        requirePermitted(context, pointer.selector(), code);
        long rsp = cpu.rsp() - 2L * size;
        requireRoomForTwo(cpu, rsp, size);
        requireReachable(context, code, pointer.offset());
        context.storeToStack(rsp + size, size, cpu.selector(SegmentRegister.CS));
        context.storeToStack(rsp, size, context.nextRip());
        context.jumpFar(pointer.offset());
        cpu.setStackPointer(rsp);
        loadCodeSegment(context, pointer.selector(), code, cpu.cpl());
    }

    private static FarPointer pointer(Instruction instruction, Context context) {
        Operand operand = instruction.operand(0);
        if (operand instanceof FarPointerOperand far) return new FarPointer(far.selector(), far.offset());
        return FarPointer.read(instruction, context, (MemoryOperand) operand);
    }

    private static SegmentDescriptor target(Context context, int selector) {
        Checks.require(!SegmentDescriptor.isNull(selector));
        return SegmentDescriptors.read(context, selector);
    }

    /** Of the gates of 8 bytes outside of IA-32e mode there are two widths, and other system descriptors are targets too. */
    private static boolean isCallGate(Context context, SegmentDescriptor target) {
        if (!target.isSystem()) return false;
        if (target.type() == CallGate.TYPE) return true;
        if (context.cpu().inIa32eMode()) return false;
        return switch (target.type()) {
            case CallGate.TYPE_16 -> true;
            case SegmentDescriptor.TYPE_TASK_GATE -> throw new NotEmulated("task switch: far transfer to a task gate");
            case SegmentDescriptor.TYPE_TSS_AVAILABLE, SegmentDescriptor.TYPE_TSS_16_AVAILABLE ->
                throw new NotEmulated("task switch: far transfer to a TSS");
            default -> false;
        };
    }

    /** Outside of IA-32e mode the L bit of a code segment says nothing. */
    private static boolean is64Bit(CpuState cpu, SegmentDescriptor code) {
        return cpu.inIa32eMode() && code.isLong();
    }

    private static void requirePermitted(Context context, int selector, SegmentDescriptor code) {
        int cpl = context.cpu().cpl();
        SegmentDescriptors.require(code.isCode(), selector);
        boolean permitted =
                code.isConforming() ? code.dpl() <= cpl : code.dpl() == cpl && SegmentDescriptor.rpl(selector) <= cpl;
        SegmentDescriptors.require(permitted && !(is64Bit(context.cpu(), code) && code.isBig()), selector);
        SegmentDescriptors.requirePresent(code, selector);
    }

    /** #SS(0) unless two words fit at {@code rsp}, paging aside. */
    private static void requireRoomForTwo(CpuState cpu, long rsp, int size) {
        Descriptor held = cpu.descriptor(SystemRegister.SS);
        SegmentDescriptor stack = new SegmentDescriptor(held.base(), held.limitBytes(), held.attributes());
        boolean room = cpu.in64BitMode()
                ? cpu.isCanonical(rsp) && cpu.isCanonical(rsp + 2L * size - 1)
                : stack.contains(cpu.stackOffset(rsp), size) && stack.contains(cpu.stackOffset(rsp + size), size);
        if (!room) throw new Fault(ExceptionVector.SS);
    }

    /** #GP(0) unless the offset is canonical, or within the limit of a segment that is not 64-bit. */
    private static void requireReachable(Context context, SegmentDescriptor code, long offset) {
        Checks.require(
                is64Bit(context.cpu(), code)
                        ? context.cpu().isCanonical(offset)
                        : Long.compareUnsigned(offset, code.limitBytes()) <= 0);
    }

    private static void loadCodeSegment(Context context, int selector, SegmentDescriptor code, int cpl) {
        int loaded = SegmentDescriptors.withRpl(selector, cpl);
        SegmentDescriptor accessed = SegmentDescriptors.markAccessed(context, selector, code);
        context.cpu().setSegment(SegmentRegister.CS, accessed.loadedAs(loaded));
    }

    /**
     * Pops RIP and CS, and RSP and SS too if CS.RPL says that the caller is less privileged. The operand is what to
     * release, on both stacks.
     *
     * <p>Source: Intel SDM Vol. 2B, RET.
     */
    static void ret(Instruction instruction, Context context) {
        CpuState cpu = context.cpu();
        int size = instruction.operandSizeBytes();
        long released = instruction.operandCount() == 0 ? 0 : context.read(instruction.operand(0)) & 0xffff;
        long offset = context.loadFromStack(cpu.rsp(), size);
        int selector = (int) context.loadFromStack(cpu.rsp() + size, size) & 0xffff;
        long rsp = cpu.rsp() + 2L * size + released;
        SegmentDescriptor code = returnCodeSegment(context, selector);
        if (SegmentDescriptor.rpl(selector) > cpu.cpl()) {
            returnToOuterLevel(context, new FarPointer(selector, offset), code, rsp, size, released);
            return;
        }
        requireReachable(context, code, offset);
        context.jumpFar(offset);
        cpu.setStackPointer(rsp);
        loadCodeSegment(context, selector, code, cpu.cpl());
    }

    private static SegmentDescriptor returnCodeSegment(Context context, int selector) {
        Checks.require(!SegmentDescriptor.isNull(selector));
        int rpl = SegmentDescriptor.rpl(selector);
        SegmentDescriptor code = SegmentDescriptors.read(context, selector);
        SegmentDescriptors.require(code.isCode() && rpl >= context.cpu().cpl(), selector);
        SegmentDescriptors.require(code.isConforming() ? code.dpl() <= rpl : code.dpl() == rpl, selector);
        SegmentDescriptors.require(!(is64Bit(context.cpu(), code) && code.isBig()), selector);
        SegmentDescriptors.requirePresent(code, selector);
        return code;
    }

    private static void returnToOuterLevel(
            Context context, FarPointer target, SegmentDescriptor code, long frame, int size, long released) {
        CpuState cpu = context.cpu();
        int cpl = SegmentDescriptor.rpl(target.selector());
        long rsp = context.loadFromStack(frame, size);
        int stackSelector = (int) context.loadFromStack(frame + size, size) & 0xffff;
        SegmentDescriptor stack = returnStackSegment(context, stackSelector, code, cpl);
        requireReachable(context, code, target.offset());
        context.jumpFar(target.offset());
        SegmentDescriptor codeUsed = SegmentDescriptors.markAccessed(context, target.selector(), code);
        loadStackSegment(context, stackSelector, stack, cpl);
        cpu.setSegment(SegmentRegister.CS, codeUsed.loadedAs(target.selector()));
        cpu.setCpl(cpl);
        cpu.setStackPointer(rsp + released);
        OuterLevel.dropInnerSegments(cpu, cpl);
    }

    /** Null for the null selector, which 64-bit code below CPL 3 may have. */
    private static @Nullable SegmentDescriptor returnStackSegment(
            Context context, int selector, SegmentDescriptor code, int cpl) {
        if (!SegmentDescriptor.isNull(selector)) return SegmentInstructions.stackSegment(context, selector, cpl);
        Checks.require(is64Bit(context.cpu(), code) && cpl != USER && SegmentDescriptor.rpl(selector) == cpl);
        return null;
    }

    private static void loadStackSegment(Context context, int selector, @Nullable SegmentDescriptor stack, int cpl) {
        Descriptor loaded = stack == null
                ? new Descriptor(selector, 0, 0, cpl << DPL_SHIFT)
                : SegmentDescriptors.markAccessed(context, selector, stack).loadedAs(selector);
        context.cpu().setSegment(SegmentRegister.SS, loaded);
    }
}
