package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.state.CpuState;

/** Loads and stores of GDTR, IDTR, LDTR and TR. Source: Intel SDM Vol. 3A, "Memory-Management Registers". */
final class DescriptorTableRegisters {

    /** With a 16-bit operand size, outside 64-bit mode. */
    private static final long BASE_24_BITS = 0xFF_FFFF;

    private DescriptorTableRegisters() {}

    /** #GP(0) above CPL 0 or if the base is not canonical. Source: Intel SDM Vol. 2A, LGDT/LIDT. */
    static void lgdt(Instruction instruction, Context context) {
        loadTable(instruction, context, SystemRegister.GDTR);
    }

    /** #GP(0) above CPL 0 or if the base is not canonical. Source: Intel SDM Vol. 2A, LGDT/LIDT. */
    static void lidt(Instruction instruction, Context context) {
        loadTable(instruction, context, SystemRegister.IDTR);
    }

    private static void loadTable(Instruction instruction, Context context, SystemRegister register) {
        Checks.requireCpl0(context);
        MemoryOperand memory = (MemoryOperand) instruction.operand(0);
        long offset = context.effectiveAddress(memory);
        long limit = context.load(memory.segment(), offset, Short.BYTES);
        long base = context.load(memory.segment(), baseOffset(memory, offset), baseBytes(context));
        if (instruction.operandSizeBytes() == Short.BYTES) base &= BASE_24_BITS;
        Checks.requireCanonical(context, base);
        context.cpu().setDescriptor(register, new Descriptor(0, base, limit, 0));
    }

    /** #GP(0) above CPL 0 with CR4.UMIP. Source: Intel SDM Vol. 2B, SGDT. */
    static void sgdt(Instruction instruction, Context context) {
        storeTable(instruction, context, SystemRegister.GDTR);
    }

    /** #GP(0) above CPL 0 with CR4.UMIP. Source: Intel SDM Vol. 2B, SIDT. */
    static void sidt(Instruction instruction, Context context) {
        storeTable(instruction, context, SystemRegister.IDTR);
    }

    private static void storeTable(Instruction instruction, Context context, SystemRegister register) {
        ControlRegisters.requireUserInstruction(context);
        MemoryOperand memory = (MemoryOperand) instruction.operand(0);
        Descriptor table = context.cpu().descriptor(register);
        long offset = context.effectiveAddress(memory);
        int baseBytes = baseBytes(context);
        context.checkWrite(memory.segment(), offset, Short.BYTES + baseBytes);
        context.store(memory.segment(), offset, Short.BYTES, table.limitBytes());
        context.store(memory.segment(), baseOffset(memory, offset), baseBytes, table.base());
    }

    private static long baseOffset(MemoryOperand memory, long offset) {
        return Width.zeroExtend(offset + Short.BYTES, memory.addressSizeBytes());
    }

    private static int baseBytes(Context context) {
        return context.cpu().in64BitMode() ? Long.BYTES : Integer.BYTES;
    }

    /**
     * A null selector leaves no LDT. #GP(0) above CPL 0; #GP(selector) in the LDT, beyond the GDT or of another type;
     * #NP(selector).
     *
     * <p>Source: Intel SDM Vol. 2A, LLDT.
     */
    static void lldt(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        int selector = (int) context.read(instruction.operand(0)) & 0xffff;
        CpuState cpu = context.cpu();
        if (SegmentDescriptor.isNull(selector)) {
            cpu.setDescriptor(SystemRegister.LDTR, new Descriptor(selector, 0, 0, 0));
            return;
        }
        SegmentDescriptor ldt = SegmentDescriptors.readSystem(context, selector);
        requireUsable(context, selector, ldt, ldt.type() == SegmentDescriptor.TYPE_LDT);
        cpu.setDescriptor(SystemRegister.LDTR, ldt.loadedAs(selector));
    }

    /**
     * Marks the TSS busy in the GDT. #GP(0) above CPL 0 or on a null selector; #GP(selector) in the LDT, beyond the
     * GDT, of another type or busy; #NP(selector).
     *
     * <p>Source: Intel SDM Vol. 2A, LTR.
     */
    static void ltr(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        int selector = (int) context.read(instruction.operand(0)) & 0xffff;
        Checks.require(!SegmentDescriptor.isNull(selector));
        SegmentDescriptor tss = SegmentDescriptors.readSystem(context, selector);
        requireUsable(context, selector, tss, isAvailableTss(context, tss));
        SegmentDescriptor busy = SegmentDescriptors.withType(context, selector, tss, SegmentDescriptor.BUSY);
        context.cpu().setDescriptor(SystemRegister.TR, busy.loadedAs(selector));
    }

    /** In IA-32e mode there are no TSSs of 16 bits. */
    private static boolean isAvailableTss(Context context, SegmentDescriptor tss) {
        return switch (tss.type()) {
            case SegmentDescriptor.TYPE_TSS_AVAILABLE -> true;
            case SegmentDescriptor.TYPE_TSS_16_AVAILABLE -> !context.cpu().inIa32eMode();
            default -> false;
        };
    }

    private static void requireUsable(Context context, int selector, SegmentDescriptor descriptor, boolean ofType) {
        SegmentDescriptors.require(descriptor.isSystem() && ofType, selector);
        SegmentDescriptors.requirePresent(descriptor, selector);
        Checks.requireCanonical(context, descriptor.base());
    }

    /** The selector; memory gets 16 bits. #GP(0) above CPL 0 with CR4.UMIP. Source: Intel SDM Vol. 2B, SLDT. */
    static void sldt(Instruction instruction, Context context) {
        storeSelector(instruction, context, SystemRegister.LDTR);
    }

    /** The selector; memory gets 16 bits. #GP(0) above CPL 0 with CR4.UMIP. Source: Intel SDM Vol. 2B, STR. */
    static void str(Instruction instruction, Context context) {
        storeSelector(instruction, context, SystemRegister.TR);
    }

    private static void storeSelector(Instruction instruction, Context context, SystemRegister register) {
        ControlRegisters.requireUserInstruction(context);
        context.write(instruction.operand(0), context.cpu().descriptor(register).selector());
    }
}
