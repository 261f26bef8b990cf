package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.DefaultLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The bytes of the default machine's GDT, IDT and TSS.
 *
 * <p>Source: Intel SDM Vol. 3A, "Segment Descriptors", "64-Bit Mode IDT" and "Task Management in 64-bit Mode".
 */
final class DescriptorTables {

    static final int GDT_LIMIT = 0x7f;
    static final int IDT_LIMIT = 0xfff;
    static final int TSS_LIMIT = 0x67;

    private static final int RSP0_OFFSET = 0x04;
    private static final int IST1_OFFSET = 0x24;
    private static final int IO_MAP_BASE_OFFSET = 0x66;

    private DescriptorTables() {}

    /** Flat segments in the order that SYSRET's selector arithmetic asks for; accessed and busy bits set beforehand; the TSS is at linear {@code tss}. */
    static byte[] gdt(long tss) {
        ByteBuffer gdt = littleEndian(GDT_LIMIT + 1);
        gdt.putLong(0x08, 0x00cf_9b00_0000_ffffL);
        gdt.putLong(0x10, 0x00af_9b00_0000_ffffL);
        gdt.putLong(0x18, 0x00cf_9300_0000_ffffL);
        gdt.putLong(0x20, 0x00cf_fb00_0000_ffffL);
        gdt.putLong(0x28, 0x00cf_f300_0000_ffffL);
        gdt.putLong(0x30, 0x00af_fb00_0000_ffffL);
        long low = TSS_LIMIT | (tss & 0xff_ffff) << 16 | 0x8bL << 40 | (tss >>> 24 & 0xff) << 56;
        gdt.putLong(DefaultLayout.TSS_SELECTOR, low);
        gdt.putLong(DefaultLayout.TSS_SELECTOR + 8, tss >>> 32);
        return gdt.array();
    }

    /** Vectors without a gate have one that is not present. */
    static byte[] idt(List<ProgramRecords.Gate> gates) {
        ByteBuffer idt = littleEndian(IDT_LIMIT + 1);
        for (ProgramRecords.Gate gate : gates) {
            long attributes =
                    gate.ist() | (long) gate.type() << 8 | (long) gate.dpl() << 13 | (gate.present() ? 1L << 15 : 0);
            long low = gate.handler() & 0xffff
                    | (long) DefaultLayout.KERNEL_CS << 16
                    | attributes << 32
                    | (gate.handler() >>> 16 & 0xffff) << 48;
            idt.putLong(16 * gate.vector(), low);
            idt.putLong(16 * gate.vector() + 8, gate.handler() >>> 32);
        }
        return idt.array();
    }

    static byte[] tss(List<ProgramRecords.Stack> stacks) {
        ByteBuffer tss = littleEndian(TSS_LIMIT + 1);
        for (ProgramRecords.Stack stack : stacks) {
            if (stack.kind() == ProgramRecords.Stack.RSP0) tss.putLong(RSP0_OFFSET, stack.high());
            if (stack.kind() >= ProgramRecords.Stack.IST1 && stack.kind() <= ProgramRecords.Stack.IST7) {
                tss.putLong(IST1_OFFSET + 8 * (stack.kind() - ProgramRecords.Stack.IST1), stack.high());
            }
        }
        tss.putShort(IO_MAP_BASE_OFFSET, (short) (TSS_LIMIT + 1));
        return tss.array();
    }

    private static ByteBuffer littleEndian(int sizeBytes) {
        return ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
