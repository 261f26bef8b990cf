package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.MachineOptions;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Program.Section;
import java.util.EnumMap;
import java.util.Map;

/**
 * Puts a machine around a program: page tables, GDT, IDT and TSS in memory, and the registers of a processor that is about to
 * execute the instruction at {@code _start}. What is where stands in {@code docs/programs.md}.
 */
public final class DefaultMachine {

    private static final long CR0 = 0x8005_0033L;
    /** PAE, PGE, OSFXSR, OSXMMEXCPT, FSGSBASE, SMEP, SMAP, PKE, PKS. */
    private static final long CR4 = 0x0171_06a0L;
    /** SCE, LME, LMA, NXE. */
    private static final long EFER = 0xd01L;

    private static final long STAR = 0x0023_0010_0000_0000L;
    private static final long SFMASK = 0x25_7fd5L;
    private static final long PAT = 0x0007_0406_0007_0406L;
    private static final long APIC_BASE = 0xfee0_0900L;
    private static final long RFLAGS_IF = 0x202L;
    /** Key 0 open, every other key closed: what Linux gives PKRU. */
    private static final long ALL_KEYS_BUT_0_CLOSED = 0x5555_5554L;

    private static final int ATTRIBUTES_KERNEL_CODE = 0xa09b;
    private static final int ATTRIBUTES_KERNEL_DATA = 0xc093;
    private static final int ATTRIBUTES_USER_CODE = 0xa0fb;
    private static final int ATTRIBUTES_USER_DATA = 0xc0f3;
    private static final int ATTRIBUTES_BUSY_TSS = 0x8b;
    private static final int ATTRIBUTES_LDT = 0x82;
    private static final long FLAT_LIMIT = 0xffff_ffffL;

    private final Program program;
    private final ProgramRecords records;
    private final PhysicalImage image = new PhysicalImage();
    private final PageTableBuilder tables = new PageTableBuilder(image);

    private DefaultMachine(Program program) {
        this.program = program;
        this.records = ProgramRecords.of(program);
    }

    /**
     * The machine's state before the first instruction.
     *
     * @throws IllegalArgumentException if the program has no {@code _start}, uses a section that the layout does not know, or
     *     has a malformed {@code .trapframe} section; the message names it
     */
    public static MachineState of(Program program, MachineOptions options) {
        return new DefaultMachine(program).build(options);
    }

    private MachineState build(MachineOptions options) {
        mapDirectMap();
        for (Section section : program.sections()) {
            if (section.loaded() && section.bytes().length > 0) place(section);
        }
        placeTable(DefaultLayout.IDT, DescriptorTables.idt(records.gates()), 0);
        placeTable(DefaultLayout.GDT, DescriptorTables.gdt(), 0);
        placeTable(DefaultLayout.TSS, DescriptorTables.tss(records.stacks()), PageTableBuilder.WRITABLE);
        return new MachineState(
                registers(options),
                system(),
                DefaultLayout.RAM_SIZE_BYTES,
                image.pages(),
                records.phases(),
                options.injections());
    }

    private void mapDirectMap() {
        long step = 2L << 20;
        for (long physical = 0; physical < DefaultLayout.RAM_SIZE_BYTES; physical += step) {
            long rights = PageTableBuilder.WRITABLE | PageTableBuilder.NO_EXECUTE;
            tables.map2M(DefaultLayout.DIRECT_MAP + physical, physical, rights);
        }
    }

    private void place(Section section) {
        Long expected = DefaultLayout.SECTIONS.get(section.name());
        if (expected == null) {
            throw new IllegalArgumentException("the default machine has no place for section " + section.name()
                    + "; it has " + String.join(" ", DefaultLayout.SECTIONS.keySet()));
        }
        byte[] bytes = section.bytes();
        if (inDirectMap(section)) {
            image.write(section.linear() - DefaultLayout.DIRECT_MAP, bytes);
            return;
        }
        long rights = rights(section);
        for (int offset = 0; offset < bytes.length; offset += PhysicalImage.PAGE_BYTES) {
            long linear = section.linear() + offset;
            long physical = inKernelImage(section) ? linear - DefaultLayout.KERNEL_MAP : image.allocate();
            tables.map4K(linear, physical, rights);
            int count = Math.min(PhysicalImage.PAGE_BYTES, bytes.length - offset);
            image.write(physical, java.util.Arrays.copyOfRange(bytes, offset, offset + count));
        }
    }

    private void placeTable(long linear, byte[] bytes, long rights) {
        long physical = image.allocate();
        image.write(physical, bytes);
        tables.map4K(linear, physical, rights | PageTableBuilder.NO_EXECUTE);
    }

    private static long rights(Section section) {
        return (section.writable() ? PageTableBuilder.WRITABLE : 0)
                | (section.executable() ? 0 : PageTableBuilder.NO_EXECUTE)
                | (isUser(section.linear()) ? PageTableBuilder.USER : 0);
    }

    private static boolean inDirectMap(Section section) {
        long offset = section.linear() - DefaultLayout.DIRECT_MAP;
        return offset >= 0 && offset < DefaultLayout.RAM_SIZE_BYTES;
    }

    private static boolean inKernelImage(Section section) {
        return Long.compareUnsigned(section.linear(), DefaultLayout.KERNEL_MAP) >= 0;
    }

    private static boolean isUser(long linear) {
        return linear >= 0;
    }

    private Map<MachineRegister, Long> registers(MachineOptions options) {
        long start = program.symbol("_start");
        boolean user = isUser(start);
        Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
        registers.put(MachineRegister.RIP, start);
        registers.put(MachineRegister.RSP, top(user ? ProgramRecords.Stack.USER : ProgramRecords.Stack.TASK));
        registers.put(MachineRegister.RFLAGS, RFLAGS_IF);
        registers.put(MachineRegister.CPL, user ? 3L : 0L);
        registers.put(MachineRegister.CS, (long) (user ? DefaultLayout.USER_CS : DefaultLayout.KERNEL_CS));
        registers.put(MachineRegister.SS, (long) (user ? DefaultLayout.USER_DS : DefaultLayout.KERNEL_DS));
        registers.put(MachineRegister.CR0, CR0);
        registers.put(MachineRegister.CR3, tables.root());
        registers.put(MachineRegister.CR4, CR4);
        registers.put(MachineRegister.EFER, EFER);
        registers.put(MachineRegister.PKRU, ALL_KEYS_BUT_0_CLOSED);
        registers.put(MachineRegister.PKRS, ALL_KEYS_BUT_0_CLOSED);
        registers.put(MachineRegister.STAR, STAR);
        registers.put(MachineRegister.LSTAR, program.symbols().getOrDefault("entry_SYSCALL_64", 0L));
        registers.put(MachineRegister.SFMASK, SFMASK);
        registers.put(MachineRegister.PAT, PAT);
        registers.put(MachineRegister.APIC_BASE, APIC_BASE);
        registers.put(MachineRegister.DR6, 0xffff_0ff0L);
        registers.put(MachineRegister.DR7, 0x400L);
        long perCpu = DefaultLayout.SECTIONS.get(".percpu");
        registers.put(user ? MachineRegister.KERNEL_GS_BASE : MachineRegister.GS_BASE, perCpu);
        registers.putAll(options.registers());
        return registers;
    }

    private long top(int kind) {
        return records.stacks().stream()
                .filter(stack -> stack.kind() == kind)
                .findFirst()
                .map(ProgramRecords.Stack::high)
                .orElseThrow(() -> new IllegalArgumentException(
                        "the program has no STACK of kind " + (kind == ProgramRecords.Stack.USER ? "user" : "task")));
    }

    private Map<SystemRegister, Descriptor> system() {
        boolean user = isUser(program.symbol("_start"));
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
        system.put(SystemRegister.GDTR, new Descriptor(0, DefaultLayout.GDT, DescriptorTables.GDT_LIMIT, 0));
        system.put(SystemRegister.IDTR, new Descriptor(0, DefaultLayout.IDT, DescriptorTables.IDT_LIMIT, 0));
        system.put(SystemRegister.LDTR, new Descriptor(0, 0, 0, ATTRIBUTES_LDT));
        system.put(
                SystemRegister.TR,
                new Descriptor(
                        DefaultLayout.TSS_SELECTOR,
                        DefaultLayout.TSS,
                        DescriptorTables.TSS_LIMIT,
                        ATTRIBUTES_BUSY_TSS));
        return system;
    }
}
