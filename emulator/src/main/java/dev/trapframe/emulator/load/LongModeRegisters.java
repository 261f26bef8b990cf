package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.MachineRegister;
import java.util.EnumMap;
import java.util.Map;

/** The registers that every machine has which starts in 64-bit mode, much as a running 64-bit Linux has them. */
final class LongModeRegisters {

    /** PE, MP, ET, NE, WP, AM, PG. */
    private static final long CR0 = 0x8005_0033L;
    /** PAE, PGE, OSFXSR, OSXMMEXCPT, FSGSBASE, SMEP, SMAP, PKE, PKS. */
    static final long CR4 = 0x0171_06a0L;
    /** SCE, LME, LMA, NXE. */
    private static final long EFER = 0xd01L;

    private static final long STAR = 0x0023_0010_0000_0000L;
    private static final long SFMASK = 0x25_7fd5L;
    private static final long PAT = 0x0007_0406_0007_0406L;
    static final long APIC_BASE = 0xfee0_0900L;
    /** Key 0 open, every other key closed: what Linux gives PKRU. */
    private static final long ALL_KEYS_BUT_0_CLOSED = 0x5555_5554L;

    private static final int ATTRIBUTES_KERNEL_CODE = 0xa09b;
    private static final int ATTRIBUTES_KERNEL_DATA = 0xc093;
    private static final int ATTRIBUTES_USER_CODE = 0xa0fb;
    private static final int ATTRIBUTES_USER_DATA = 0xc0f3;
    private static final int ATTRIBUTES_BUSY_TSS = 0x8b;
    private static final int ATTRIBUTES_LDT = 0x82;
    private static final long FLAT_LIMIT = 0xffff_ffffL;

    private LongModeRegisters() {}

    /** Registers for ring 3 or ring 0; general registers, RIP and RFLAGS are not in it. */
    static Map<MachineRegister, Long> registers(boolean user, long cr3) {
        Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
        registers.put(MachineRegister.CPL, user ? 3L : 0L);
        registers.put(MachineRegister.CS, (long) (user ? DefaultLayout.USER_CS : DefaultLayout.KERNEL_CS));
        registers.put(MachineRegister.SS, (long) (user ? DefaultLayout.USER_DS : DefaultLayout.KERNEL_DS));
        registers.put(MachineRegister.CR0, CR0);
        registers.put(MachineRegister.CR3, cr3);
        registers.put(MachineRegister.CR4, CR4);
        registers.put(MachineRegister.EFER, EFER);
        registers.put(MachineRegister.PKRU, ALL_KEYS_BUT_0_CLOSED);
        registers.put(MachineRegister.PKRS, ALL_KEYS_BUT_0_CLOSED);
        registers.put(MachineRegister.STAR, STAR);
        registers.put(MachineRegister.SFMASK, SFMASK);
        registers.put(MachineRegister.PAT, PAT);
        registers.put(MachineRegister.APIC_BASE, APIC_BASE);
        registers.put(MachineRegister.DR6, 0xffff_0ff0L);
        registers.put(MachineRegister.DR7, 0x400L);
        return registers;
    }

    /** Flat segments of ring 3 or ring 0, and tables at the given linear addresses. */
    static Map<SystemRegister, Descriptor> system(boolean user, long gdt, long idt, long tss) {
        Map<SystemRegister, Descriptor> system = new EnumMap<>(SystemRegister.class);
        system.put(
                SystemRegister.CS,
                user
                        ? new Descriptor(DefaultLayout.USER_CS, 0, FLAT_LIMIT, ATTRIBUTES_USER_CODE)
                        : new Descriptor(DefaultLayout.KERNEL_CS, 0, FLAT_LIMIT, ATTRIBUTES_KERNEL_CODE));
        system.put(
                SystemRegister.SS,
                user
                        ? new Descriptor(DefaultLayout.USER_DS, 0, FLAT_LIMIT, ATTRIBUTES_USER_DATA)
                        : new Descriptor(DefaultLayout.KERNEL_DS, 0, FLAT_LIMIT, ATTRIBUTES_KERNEL_DATA));
        system.put(SystemRegister.GDTR, new Descriptor(0, gdt, DescriptorTables.GDT_LIMIT, 0));
        system.put(SystemRegister.IDTR, new Descriptor(0, idt, DescriptorTables.IDT_LIMIT, 0));
        system.put(SystemRegister.LDTR, new Descriptor(0, 0, 0, ATTRIBUTES_LDT));
        system.put(
                SystemRegister.TR,
                new Descriptor(DefaultLayout.TSS_SELECTOR, tss, DescriptorTables.TSS_LIMIT, ATTRIBUTES_BUSY_TSS));
        return system;
    }
}
