package dev.trapframe.emulator.delivery;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.state.CpuState;

/** The GDT and the LDT, read with the processor's own rights. */
final class DescriptorTables {

    private static final int TABLE_INDICATOR = 4;
    private static final int ACCESSED_BYTE = 5;
    private static final int CODE_ATTRIBUTES_64 = 0xa09b;

    private final CpuState cpu;
    private final LinearMemory memory;

    DescriptorTables(CpuState cpu, LinearMemory memory) {
        this.cpu = cpu;
        this.memory = memory;
    }

    /** The limit of the table that the selector names. */
    long limitBytes(int selector) {
        return table(selector).limitBytes();
    }

    /** Offset of the last byte of the selector's descriptor in its table. */
    static long lastByte(int selector) {
        return (selector & 0xfff8) + SegmentDescriptor.SIZE_BYTES - 1;
    }

    /** True if the descriptor lies within its table; nothing lies in the LDT while LDTR is null, whatever its limit. */
    boolean isInside(int selector) {
        boolean noLdt = (selector & TABLE_INDICATOR) != 0
                && SegmentDescriptor.isNull(table(selector).selector());
        return !noLdt && lastByte(selector) <= limitBytes(selector);
    }

    SegmentDescriptor read(int selector) {
        return SegmentDescriptor.parse(memory.readSystem(address(selector), SegmentDescriptor.SIZE_BYTES));
    }

    /** Sets the accessed bit in the table, as loading a segment register does. */
    SegmentDescriptor markAccessed(int selector, SegmentDescriptor descriptor) {
        if (descriptor.isAccessed()) return descriptor;
        memory.writeSystem(address(selector) + ACCESSED_BYTE, 1, descriptor.attributes() & 0xff | 1);
        return new SegmentDescriptor(descriptor.base(), descriptor.limitBytes(), descriptor.attributes() | 1);
    }

    /** Loads CS, and the CPL that becomes its RPL. The descriptor is {@linkplain #markAccessed marked} already. */
    void loadCode(int selector, SegmentDescriptor used, int cpl) {
        cpu.setSegment(SegmentRegister.CS, used.loadedAs(selector & 0xfffc | cpl));
        if (cpl != cpu.cpl()) cpu.setCpl(cpl);
    }

    /** The hidden part that SYSCALL and SYSRET load without reading a descriptor. */
    static Descriptor flatCode64(int selector, int dpl) {
        return new Descriptor(selector, 0, 0xffff_ffffL, CODE_ATTRIBUTES_64 | dpl << 5);
    }

    /** A null SS whose DPL is the new CPL. */
    void loadNullStackSegment(int cpl) {
        cpu.setSegment(SegmentRegister.SS, new Descriptor(cpl, 0, 0, cpl << 5));
    }

    /** Where the selector's descriptor stands, linear. */
    long address(int selector) {
        return table(selector).base() + (selector & 0xfff8);
    }

    private Descriptor table(int selector) {
        return cpu.descriptor((selector & TABLE_INDICATOR) == 0 ? SystemRegister.GDTR : SystemRegister.LDTR);
    }
}
