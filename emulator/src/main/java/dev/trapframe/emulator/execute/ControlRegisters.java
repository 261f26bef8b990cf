package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.event.NotEmulated;
import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.Efer;

/**
 * MOV to and from control registers, LMSW, SMSW, CLTS.
 *
 * <p>Source: Intel SDM Vol. 2B, "MOV—Move to/from Control Registers"; Vol. 3A, "Control Registers".
 */
final class ControlRegisters {

    /** CR4.PVI: protected-mode virtual interrupts. */
    static final long CR4_PVI = 1L << 1;

    private static final long CR0_DEFINED =
            Cr0.PE | Cr0.MP | Cr0.EM | Cr0.TS | Cr0.ET | Cr0.NE | Cr0.WP | Cr0.AM | Cr0.NW | Cr0.CD | Cr0.PG;
    private static final long MACHINE_STATUS_WORD = Cr0.PE | Cr0.MP | Cr0.EM | Cr0.TS;
    /** Changes of CR0 and of CR4 that load the PDPTEs again. Source: Intel SDM Vol. 3A, "PDPTE Registers". */
    private static final long CR0_LOADS_POINTERS = Cr0.CD | Cr0.NW | Cr0.PG;

    private static final long CR4_LOADS_POINTERS = Cr4.PAE | Cr4.PGE | Cr4.PSE | Cr4.SMEP;
    private static final long CR3_KEEP_TRANSLATIONS = 1L << 63;
    private static final long CR3_PCID = 0xfff;
    private static final long CR8_TPR = 0xf;

    private ControlRegisters() {}

    static boolean isSet(CpuState cpu, long cr4Bit) {
        return (cpu.get(MachineRegister.CR4) & cr4Bit) != 0;
    }

    /** #GP(0) above CPL 0. Source: Intel SDM Vol. 2B, MOV, from control registers. */
    static void movFrom(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        ControlRegisterOperand source = (ControlRegisterOperand) instruction.operand(1);
        context.write(instruction.operand(0), context.cpu().get(registerOf(source.number())));
    }

    /**
     * #GP(0) above CPL 0, and on reserved bits and combinations.
     *
     * <p>Source: Intel SDM Vol. 2B, MOV, to control registers.
     */
    static void movTo(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        int number = ((ControlRegisterOperand) instruction.operand(0)).number();
        long value = context.read(instruction.operand(1));
        switch (number) {
            case 0 -> setCr0(context, value);
            case 2 -> context.cpu().set(MachineRegister.CR2, value);
            case 3 -> setCr3(context, value);
            case 4 -> setCr4(context, value);
            case 8 -> setCr8(context, value);
            default -> throw Checks.invalidOpcode();
        }
    }

    private static MachineRegister registerOf(int number) {
        return switch (number) {
            case 0 -> MachineRegister.CR0;
            case 2 -> MachineRegister.CR2;
            case 3 -> MachineRegister.CR3;
            case 4 -> MachineRegister.CR4;
            case 8 -> MachineRegister.CR8;
            default -> throw Checks.invalidOpcode();
        };
    }

    private static void setCr0(Context context, long value) {
        CpuState cpu = context.cpu();
        Checks.require(value >>> Integer.SIZE == 0);
        boolean paging = (value & Cr0.PG) != 0;
        Checks.require(!paging || (value & Cr0.PE) != 0);
        Checks.require((value & Cr0.NW) == 0 || (value & Cr0.CD) != 0);
        boolean stopsPaging = !paging && cpu.isPaging();
        Checks.require(!stopsPaging || !cpu.in64BitMode() && !isSet(cpu, Cr4.PCIDE));
        boolean activates = paging && !cpu.isPaging() && (cpu.get(MachineRegister.EFER) & Efer.LME) != 0;
        if (activates) requireLongModeMayStart(cpu);
        if ((value & Cr0.PE) == 0) throw new NotEmulated("real-address mode: MOV to CR0 clears PE");
        long changed = cpu.get(MachineRegister.CR0) ^ value;
        boolean pae = paging && usesPae(cpu) && !activates;
        if (pae && (changed & CR0_LOADS_POINTERS) != 0) {
            context.loadPageDirectoryPointers(cpu.get(MachineRegister.CR3));
        }
        cpu.set(MachineRegister.CR0, value & CR0_DEFINED | Cr0.ET);
        if (activates) cpu.set(MachineRegister.EFER, cpu.get(MachineRegister.EFER) | Efer.LMA);
        if (stopsPaging) stopPaging(context);
    }

    /** #GP(0) without PAE, in a code segment for 64 bits, and with a TSS of 16 bits. */
    private static void requireLongModeMayStart(CpuState cpu) {
        Checks.require(isSet(cpu, Cr4.PAE));
        Descriptor code = cpu.descriptor(SystemRegister.CS);
        Checks.require(!SegmentDescriptor.of(code).isLong());
        int busy = SegmentDescriptor.of(cpu.descriptor(SystemRegister.TR)).type() | SegmentDescriptor.BUSY;
        Checks.require(busy != SegmentDescriptor.TYPE_TSS_16_BUSY);
    }

    private static void stopPaging(Context context) {
        CpuState cpu = context.cpu();
        if (cpu.inIa32eMode()) cpu.set(MachineRegister.EFER, cpu.get(MachineRegister.EFER) & ~Efer.LMA);
        context.flushTlb(true);
    }

    /**
     * Drops the translations of the PCID that comes into use, but not global ones; with CR4.PCIDE bit 63 keeps all.
     *
     * <p>Source: Intel SDM Vol. 3A, "Operations that Invalidate TLBs and Paging-Structure Caches".
     */
    private static void setCr3(Context context, long value) {
        CpuState cpu = context.cpu();
        boolean pcids = isSet(cpu, Cr4.PCIDE);
        long table = pcids ? value & ~CR3_KEEP_TRANSLATIONS : value;
        if (cpu.inIa32eMode()) Checks.require(table >>> context.processor().physicalAddressBits() == 0);
        if (cpu.isPaging() && usesPae(cpu)) context.loadPageDirectoryPointers(table);
        cpu.set(MachineRegister.CR3, table);
        boolean keeps = pcids && (value & CR3_KEEP_TRANSLATIONS) != 0;
        if (keeps) context.switchContext();
        else context.flushPcid(cpu.pcid(), false);
    }

    /** PAE paging is in use or comes into use with CR0.PG. */
    private static boolean usesPae(CpuState cpu) {
        return isSet(cpu, Cr4.PAE) && !cpu.inIa32eMode();
    }

    private static void setCr4(Context context, long value) {
        CpuState cpu = context.cpu();
        long before = cpu.get(MachineRegister.CR4);
        boolean longMode = cpu.inIa32eMode();
        Checks.require((value & ~context.processor().cr4Bits()) == 0);
        Checks.require(!longMode || (value & Cr4.PAE) != 0);
        Checks.require(!longMode || ((value ^ before) & Cr4.LA57) == 0);
        boolean startsPcids = (value & ~before & Cr4.PCIDE) != 0;
        Checks.require(!startsPcids || longMode && (cpu.get(MachineRegister.CR3) & CR3_PCID) == 0);
        int pcid = cpu.pcid();
        boolean pae = cpu.isPaging() && !longMode && (value & Cr4.PAE) != 0;
        if (pae && ((value ^ before) & CR4_LOADS_POINTERS) != 0) {
            context.loadPageDirectoryPointers(cpu.get(MachineRegister.CR3));
        }
        cpu.set(MachineRegister.CR4, value);
        dropTranslations(context, before, value, pcid);
    }

    /** Source: Intel SDM Vol. 3A, "Operations that Invalidate TLBs and Paging-Structure Caches". */
    private static void dropTranslations(Context context, long before, long after, int pcid) {
        boolean ofAllPcids = ((before ^ after) & Cr4.PGE) != 0 || (before & ~after & Cr4.PCIDE) != 0;
        boolean ofThisPcid = ((before ^ after) & Cr4.PAE) != 0 || (after & ~before & Cr4.SMEP) != 0;
        if (ofAllPcids) context.flushTlb(true);
        else if (ofThisPcid) context.flushPcid(pcid, true);
    }

    private static void setCr8(Context context, long value) {
        Checks.require((value & ~CR8_TPR) == 0);
        context.cpu().set(MachineRegister.CR8, value);
        context.localApic().taskPriorityLoaded();
    }

    /** CR0 bits 3 to 0; PE can be set but not cleared. #GP(0) above CPL 0. Source: Intel SDM Vol. 2A, LMSW. */
    static void lmsw(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        long before = context.cpu().get(MachineRegister.CR0);
        long loaded = context.read(instruction.operand(0)) & MACHINE_STATUS_WORD;
        context.cpu().set(MachineRegister.CR0, before & ~MACHINE_STATUS_WORD | loaded | before & Cr0.PE);
    }

    /**
     * As many bits of CR0 as the destination is wide. #GP(0) above CPL 0 with CR4.UMIP.
     *
     * <p>Source: Intel SDM Vol. 2B, SMSW.
     */
    static void smsw(Instruction instruction, Context context) {
        requireUserInstruction(context);
        context.write(instruction.operand(0), context.cpu().get(MachineRegister.CR0));
    }

    /** CR4.UMIP takes SGDT, SIDT, SLDT, STR and SMSW from user mode. */
    static void requireUserInstruction(Context context) {
        Checks.require(context.cpu().cpl() == 0 || !isSet(context.cpu(), Cr4.UMIP));
    }

    /** #GP(0) above CPL 0. Source: Intel SDM Vol. 2A, CLTS. */
    static void clts(Instruction instruction, Context context) {
        Checks.requireCpl0(context);
        context.cpu().set(MachineRegister.CR0, context.cpu().get(MachineRegister.CR0) & ~Cr0.TS);
    }
}
