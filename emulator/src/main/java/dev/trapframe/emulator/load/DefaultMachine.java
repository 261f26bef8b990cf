package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.MachineOptions;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.Program.Section;
import java.util.Map;

/**
 * Puts a machine around a program: page tables, GDT, IDT and TSS in memory, and the registers of a processor that is about to
 * execute the instruction at {@code _start}. What is where stands in {@code docs/programs.md}.
 */
public final class DefaultMachine {

    private static final long RFLAGS_IF = 0x202L;

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
        placeTable(DefaultLayout.GDT, DescriptorTables.gdt(DefaultLayout.TSS), 0);
        placeTable(DefaultLayout.TSS, DescriptorTables.tss(records.stacks()), PageTableBuilder.WRITABLE);
        if (options.devices().attached()) mapLocalApic();
        return new MachineState(
                        registers(options),
                        system(),
                        DefaultLayout.RAM_SIZE_BYTES,
                        image.pages(),
                        records.phases(),
                        options.injections())
                .with(options.devices());
    }

    private void mapLocalApic() {
        long page = LongModeRegisters.APIC_BASE & -PhysicalImage.PAGE_BYTES;
        tables.map4K(DefaultLayout.LOCAL_APIC, page, PageTableBuilder.WRITABLE | PageTableBuilder.NO_EXECUTE);
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
        Map<MachineRegister, Long> registers = LongModeRegisters.registers(user, tables.root());
        registers.put(MachineRegister.RIP, start);
        registers.put(MachineRegister.RSP, top(user ? ProgramRecords.Stack.USER : ProgramRecords.Stack.TASK));
        registers.put(MachineRegister.RFLAGS, RFLAGS_IF);
        registers.put(MachineRegister.LSTAR, program.symbols().getOrDefault("entry_SYSCALL_64", 0L));
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
        return LongModeRegisters.system(user, DefaultLayout.GDT, DefaultLayout.IDT, DefaultLayout.TSS);
    }
}
