package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.descriptor.CallGate;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.state.Rflags;
import java.util.function.Predicate;

/**
 * Instructions that ask about a selector. Whatever is wrong with it only clears ZF; what faults is access to memory.
 *
 * <p>Source: Intel SDM Vol. 3A, "Pointer Validation".
 */
final class SegmentChecks {

    private static final long ACCESS_RIGHTS = 0x00f0_ff00;
    private static final long RPL = 3;

    private SegmentChecks() {}

    /** The second doubleword of the descriptor without base and limit, if visible. Source: Intel SDM Vol. 2A, LAR. */
    static void lar(Instruction instruction, Context context) {
        int selector = selector(instruction, context, 1);
        boolean ia32e = context.cpu().inIa32eMode();
        boolean visible = isVisible(context, selector, found -> hasAccessRights(found, ia32e));
        if (visible) {
            long rights = SegmentDescriptors.raw(context, selector) >>> Integer.SIZE & ACCESS_RIGHTS;
            context.write(instruction.operand(0), rights);
        }
        setZero(context, visible);
    }

    /** The limit in bytes, if visible. Source: Intel SDM Vol. 2A, LSL. */
    static void lsl(Instruction instruction, Context context) {
        int selector = selector(instruction, context, 1);
        boolean ia32e = context.cpu().inIa32eMode();
        boolean visible = isVisible(context, selector, found -> hasLimit(found, ia32e));
        if (visible) {
            long limit = SegmentDescriptors.read(context, selector).limitBytes();
            context.write(instruction.operand(0), limit);
        }
        setZero(context, visible);
    }

    /** Source: Intel SDM Vol. 2D, VERR/VERW. */
    static void verr(Instruction instruction, Context context) {
        int selector = selector(instruction, context, 0);
        setZero(context, isVisible(context, selector, SegmentDescriptor::isReadable));
    }

    /** Source: Intel SDM Vol. 2D, VERR/VERW. */
    static void verw(Instruction instruction, Context context) {
        int selector = selector(instruction, context, 0);
        setZero(context, isVisible(context, selector, SegmentDescriptor::isWritable));
    }

    /** Raises the destination's RPL to the source's; ZF tells whether it had to. Source: Intel SDM Vol. 2A, ARPL. */
    static void arpl(Instruction instruction, Context context) {
        long selector = context.readForWrite(instruction.operand(0));
        long least = context.read(instruction.operand(1)) & RPL;
        boolean raises = (selector & RPL) < least;
        if (raises) context.write(instruction.operand(0), selector & ~RPL | least);
        setZero(context, raises);
    }

    private static int selector(Instruction instruction, Context context, int operand) {
        Operand source = instruction.operand(operand);
        return (int) context.read(source) & 0xffff;
    }

    private static boolean hasLimit(SegmentDescriptor descriptor, boolean ia32e) {
        if (!descriptor.isSystem()) return true;
        return switch (descriptor.type()) {
            case SegmentDescriptor.TYPE_LDT, SegmentDescriptor.TYPE_TSS_AVAILABLE, SegmentDescriptor.TYPE_TSS_BUSY ->
                true;
            case SegmentDescriptor.TYPE_TSS_16_AVAILABLE, SegmentDescriptor.TYPE_TSS_16_BUSY -> !ia32e;
            default -> false;
        };
    }

    private static boolean hasAccessRights(SegmentDescriptor descriptor, boolean ia32e) {
        if (hasLimit(descriptor, ia32e) || descriptor.type() == CallGate.TYPE) return true;
        boolean legacy = descriptor.type() == CallGate.TYPE_16 || descriptor.type() == SegmentDescriptor.TYPE_TASK_GATE;
        return legacy && !ia32e;
    }

    /** Not null, inside its table, of the kind asked for, and within reach of CPL and RPL unless conforming. */
    private static boolean isVisible(Context context, int selector, Predicate<SegmentDescriptor> kind) {
        if (SegmentDescriptor.isNull(selector)) return false;
        if (!SegmentDescriptors.isInside(context, selector, SegmentDescriptor.SIZE_BYTES)) return false;
        SegmentDescriptor descriptor = SegmentDescriptor.parse(SegmentDescriptors.raw(context, selector));
        int outermost = Math.max(context.cpu().cpl(), SegmentDescriptor.rpl(selector));
        return kind.test(descriptor) && (descriptor.isConforming() || outermost <= descriptor.dpl());
    }

    private static void setZero(Context context, boolean visible) {
        StatusFlags.write(context, Rflags.ZF, StatusFlags.when(visible, Rflags.ZF));
    }
}
