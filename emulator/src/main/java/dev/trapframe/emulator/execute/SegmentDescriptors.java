package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;

/**
 * The GDT and the LDT as instructions see them: selectors, limits, descriptors, and error codes that name a selector.
 */
final class SegmentDescriptors {

    static final int TABLE_INDICATOR = 0x4;

    private static final int INDEX = 0xfff8;
    private static final int RPL = 0x3;
    private static final int TYPE_BYTE = 5;
    private static final int ACCESSED = 0x1;

    private SegmentDescriptors() {}

    /** A fault whose error code names the selector: index and TI, RPL cleared. */
    static Fault fault(ExceptionVector vector, int selector) {
        return new Fault(vector, selector & ~RPL);
    }

    /** #GP(selector) if the condition does not hold. */
    static void require(boolean condition, int selector) {
        if (!condition) throw fault(ExceptionVector.GP, selector);
    }

    /** #NP(selector) if the segment is not present. */
    static void requirePresent(SegmentDescriptor descriptor, int selector) {
        if (!descriptor.isPresent()) throw fault(ExceptionVector.NP, selector);
    }

    static int withRpl(int selector, int rpl) {
        return selector & ~RPL | rpl;
    }

    /** True if all {@code sizeBytes} of the selector's descriptor lie within the limit of its table. */
    static boolean isInside(Context context, int selector, int sizeBytes) {
        Descriptor table = table(context, selector);
        boolean noLdt = isLocal(selector) && SegmentDescriptor.isNull(table.selector());
        return !noLdt && (selector & INDEX) + sizeBytes - 1 <= table.limitBytes();
    }

    /** The eight bytes of a descriptor, read with the processor's own rights. */
    static long raw(Context context, int selector) {
        return context.loadSystem(address(context, selector), SegmentDescriptor.SIZE_BYTES);
    }

    /** The descriptor that the selector names; #GP(selector) if it lies beyond its table. */
    static SegmentDescriptor read(Context context, int selector) {
        require(isInside(context, selector, SegmentDescriptor.SIZE_BYTES), selector);
        return SegmentDescriptor.parse(raw(context, selector));
    }

    /** An LDT or TSS descriptor of the GDT, 16 bytes of it in IA-32e mode, else 8; #GP(selector) if it lies beyond it. */
    static SegmentDescriptor readSystem(Context context, int selector) {
        require(!isLocal(selector), selector);
        if (!context.cpu().inIa32eMode()) return read(context, selector);
        require(!isLocal(selector) && isInside(context, selector, SegmentDescriptor.SYSTEM_SIZE_BYTES), selector);
        long upper = context.loadSystem(address(context, selector) + Long.BYTES, Long.BYTES);
        return SegmentDescriptor.parse(raw(context, selector)).withUpperHalf(upper);
    }

    /** Sets the accessed bit in the table, as loading a segment register does. */
    static SegmentDescriptor markAccessed(Context context, int selector, SegmentDescriptor descriptor) {
        return descriptor.isAccessed() ? descriptor : withType(context, selector, descriptor, ACCESSED);
    }

    /** Sets bits of the type field, in the table and in what is returned. */
    static SegmentDescriptor withType(Context context, int selector, SegmentDescriptor descriptor, int typeBits) {
        int attributes = descriptor.attributes() | typeBits;
        context.storeSystem(address(context, selector) + TYPE_BYTE, Byte.BYTES, attributes & 0xff);
        return new SegmentDescriptor(descriptor.base(), descriptor.limitBytes(), attributes);
    }

    private static boolean isLocal(int selector) {
        return (selector & TABLE_INDICATOR) != 0;
    }

    private static long address(Context context, int selector) {
        return table(context, selector).base() + (selector & INDEX);
    }

    private static Descriptor table(Context context, int selector) {
        return context.cpu().descriptor(isLocal(selector) ? SystemRegister.LDTR : SystemRegister.GDTR);
    }
}
