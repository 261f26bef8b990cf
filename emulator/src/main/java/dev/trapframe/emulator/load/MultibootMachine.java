package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.BootModule;
import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.load.MultibootInformation.MapEntry;
import dev.trapframe.emulator.load.MultibootInformation.Module;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts a machine around a kernel as a multiboot boot loader does: 128 MiB of RAM, the kernel and its modules at physical
 * addresses, 32-bit protected mode without paging. What is where stands in {@code docs/programs.md}.
 *
 * <p>Source: Multiboot Specification 0.6.96, "Machine state" and "Boot information format".
 */
public final class MultibootMachine {

    private static final long RAM_BYTES = 128L << 20;
    /** From here to 1 MiB a PC has its extended BIOS data, its display and its firmware; here it is memory like other. */
    private static final long LOWER_END = 0x9_fc00;

    private static final long UPPER_START = 0x10_0000;
    /** Below are the interrupt vectors and data of the firmware, of which some kernels expect that they lie still. */
    private static final long FIRST_FREE = 0x9000;

    /** BIOS data area: the first serial port, where the extended area begins (a segment), usable KiB below it. */
    private static final long BIOS_DATA = 0x400;

    private static final int SERIAL_PORT_AT = 0x00;
    private static final int EXTENDED_AREA_AT = 0x0e;
    private static final int BASE_MEMORY_AT = 0x13;

    private static final int AVAILABLE = 1;
    private static final int RESERVED = 2;

    private static final long EAX_MAGIC = 0x2bad_b002L;
    /** PE and ET. */
    private static final long CR0 = 0x11;

    private static final long RFLAGS_INITIAL = 2;
    private static final long PAT = 0x0007_0406_0007_0406L;
    private static final int CODE_SELECTOR = 0x08;
    private static final int DATA_SELECTOR = 0x10;
    private static final long CODE_DESCRIPTOR = 0x00cf_9b00_0000_ffffL;
    private static final long DATA_DESCRIPTOR = 0x00cf_9300_0000_ffffL;
    private static final int GDT_BYTES = 24;
    private static final int ATTRIBUTES_CODE = 0xc09b;
    private static final int ATTRIBUTES_DATA = 0xc093;
    private static final int ATTRIBUTES_LDT = 0x82;
    private static final int ATTRIBUTES_BUSY_TSS = 0x8b;
    private static final long FLAT_LIMIT = 0xffff_ffffL;
    private static final long STACK_BYTES = 4096;

    private final PhysicalImage image = new PhysicalImage();
    private final PhysicalRanges ranges = new PhysicalRanges();

    private MultibootMachine() {}

    /**
     * The machine before the kernel's first instruction.
     *
     * @throws IllegalArgumentException naming what is wrong with the kernel, where, and what would be right, or what does not
     *     fit into memory
     */
    public static MachineState of(byte[] kernel, String commandLine, List<BootModule> modules) {
        return new MultibootMachine().build(kernel, commandLine, modules);
    }

    private MachineState build(byte[] kernel, String commandLine, List<BootModule> modules) {
        ranges.avoid("the firmware's memory", LOWER_END, UPPER_START - LOWER_END);
        image.write(BIOS_DATA, biosData());
        MultibootHeader header = MultibootHeader.find(kernel);
        long entry;
        long end;
        if (header.hasAddresses()) {
            end = load(List.of(header.segment()));
            entry = header.entry();
        } else {
            ElfExecutable executable = executable(kernel);
            end = load(executable.segments());
            entry = physicalEntry(executable);
        }
        List<Module> placed = placeModules(modules, Math.max(end, UPPER_START));
        long gdt = ranges.take("the loader's GDT", GDT_BYTES, FIRST_FREE, RAM_BYTES);
        long stack = ranges.take("a stack", STACK_BYTES, FIRST_FREE, RAM_BYTES);
        long information = placeInformation(commandLine, placed, header.asksForVideo());
        image.writeQuad(gdt + CODE_SELECTOR, CODE_DESCRIPTOR);
        image.writeQuad(gdt + DATA_SELECTOR, DATA_DESCRIPTOR);
        return new MachineState(
                        registers(entry, information, stack + STACK_BYTES),
                        system(gdt),
                        RAM_BYTES,
                        image.pages(),
                        new TreeMap<>(),
                        List.of())
                .with(DeviceState.PC);
    }

    /** What kernels that ask no boot loader read; a kernel that is loaded over it loses it. */
    private static byte[] biosData() {
        ByteBuffer data = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        data.putShort(SERIAL_PORT_AT, (short) 0x3f8);
        data.putShort(EXTENDED_AREA_AT, (short) (LOWER_END >> 4));
        data.putShort(BASE_MEMORY_AT, (short) (LOWER_END / 1024));
        return data.array();
    }

    private static ElfExecutable executable(byte[] kernel) {
        if (ElfExecutable.isElf(kernel)) return ElfExecutable.read(kernel);
        throw new IllegalArgumentException(
                "a kernel whose multiboot header has no addresses (flags, bit 16) is an ELF executable, and this file does"
                        + " not begin with 7f 45 4c 46");
    }

    /** Loads by physical addresses; the first byte beyond everything. */
    private long load(List<LoadSegment> segments) {
        long end = 0;
        for (LoadSegment segment : segments) {
            long physical = segment.physical();
            if (physical < 0 || segment.memoryBytes() < 0 || physical > RAM_BYTES - segment.memoryBytes()) {
                throw new IllegalArgumentException(String.format(
                        "%s: 0x%x bytes at physical 0x%x do not fit into the machine's memory of 0x%x bytes",
                        segment.name(), segment.memoryBytes(), physical, RAM_BYTES));
            }
            ranges.add(segment.name(), physical, segment.memoryBytes());
            image.write(physical, segment.bytes());
            end = Math.max(end, physical + segment.memoryBytes());
        }
        return end;
    }

    /** A kernel that is linked to run elsewhere than it is loaded names its entry by linear address: that is translated. */
    private static long physicalEntry(ElfExecutable executable) {
        long entry = executable.entry();
        for (LoadSegment segment : executable.segments()) {
            boolean loadedHere = Long.compareUnsigned(entry - segment.physical(), segment.memoryBytes()) < 0;
            if (loadedHere) return entry;
        }
        for (LoadSegment segment : executable.segments()) {
            if (segment.containsLinear(entry)) return entry - segment.linear() + segment.physical();
        }
        throw new IllegalArgumentException(
                String.format("e_entry (offset 0x18) is 0x%x, which is in no segment that is loaded", entry));
    }

    private List<Module> placeModules(List<BootModule> modules, long from) {
        List<Module> placed = new ArrayList<>();
        for (BootModule module : modules) {
            byte[] bytes = module.bytes();
            long start = ranges.take("module " + module.text(), bytes.length, from, RAM_BYTES);
            image.write(start, bytes);
            placed.add(new Module(start, start + bytes.length, module.text()));
        }
        return placed;
    }

    private long placeInformation(String commandLine, List<Module> modules, boolean withScreen) {
        List<MapEntry> map = List.of(
                new MapEntry(0, LOWER_END, AVAILABLE),
                new MapEntry(LOWER_END, UPPER_START - LOWER_END, RESERVED),
                new MapEntry(UPPER_START, RAM_BYTES - UPPER_START, AVAILABLE));
        int size = information(0, commandLine, modules, map, withScreen).length;
        long physical = ranges.take("the information for the kernel", size, FIRST_FREE, RAM_BYTES);
        image.write(physical, information(physical, commandLine, modules, map, withScreen));
        return physical;
    }

    private static byte[] information(
            long physical, String commandLine, List<Module> modules, List<MapEntry> map, boolean withScreen) {
        return MultibootInformation.bytes(
                physical, LOWER_END, RAM_BYTES - UPPER_START, commandLine, modules, map, withScreen);
    }

    /** General registers, EFLAGS' status flags and ESP may be anything; here they are the same each time. */
    private static Map<MachineRegister, Long> registers(long entry, long information, long stackTop) {
        Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
        registers.put(MachineRegister.RAX, EAX_MAGIC);
        registers.put(MachineRegister.RBX, information);
        registers.put(MachineRegister.RSP, stackTop);
        registers.put(MachineRegister.RIP, entry);
        registers.put(MachineRegister.RFLAGS, RFLAGS_INITIAL);
        registers.put(MachineRegister.CPL, 0L);
        registers.put(MachineRegister.CS, (long) CODE_SELECTOR);
        for (MachineRegister segment : DATA_SEGMENTS) registers.put(segment, (long) DATA_SELECTOR);
        registers.put(MachineRegister.CR0, CR0);
        registers.put(MachineRegister.PAT, PAT);
        registers.put(MachineRegister.APIC_BASE, LongModeRegisters.APIC_BASE);
        registers.put(MachineRegister.DR6, 0xffff_0ff0L);
        registers.put(MachineRegister.DR7, 0x400L);
        return registers;
    }

    private static final List<MachineRegister> DATA_SEGMENTS =
            List.of(MachineRegister.SS, MachineRegister.DS, MachineRegister.ES, MachineRegister.FS, MachineRegister.GS);

    private static Map<SystemRegister, Descriptor> system(long gdt) {
        Map<SystemRegister, Descriptor> system = new EnumMap<>(SystemRegister.class);
        Descriptor data = new Descriptor(DATA_SELECTOR, 0, FLAT_LIMIT, ATTRIBUTES_DATA);
        system.put(SystemRegister.CS, new Descriptor(CODE_SELECTOR, 0, FLAT_LIMIT, ATTRIBUTES_CODE));
        system.put(SystemRegister.SS, data);
        system.put(SystemRegister.DS, data);
        system.put(SystemRegister.ES, data);
        system.put(SystemRegister.FS, data);
        system.put(SystemRegister.GS, data);
        system.put(SystemRegister.GDTR, new Descriptor(0, gdt, GDT_BYTES - 1, 0));
        system.put(SystemRegister.IDTR, new Descriptor(0, 0, 0, 0));
        system.put(SystemRegister.LDTR, new Descriptor(0, 0, 0, ATTRIBUTES_LDT));
        system.put(SystemRegister.TR, new Descriptor(0, 0, 0xffff, ATTRIBUTES_BUSY_TSS));
        return system;
    }
}
