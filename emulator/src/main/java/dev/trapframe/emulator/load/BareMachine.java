package dev.trapframe.emulator.load;

import dev.trapframe.emulator.api.DefaultLayout;
import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts a machine in 64-bit mode around a program that comes as segments at linear addresses: an ELF64 executable or a flat
 * image. It starts in ring 0. What is where stands in {@code docs/programs.md}.
 */
public final class BareMachine {

    private static final long PAGE_BYTES = PhysicalImage.PAGE_BYTES;
    private static final long MAPPED_PHYSICAL_BYTES = 4L << 30;
    private static final long LARGE_PAGE_BYTES = 2L << 20;
    private static final long STACK_BYTES = 64L << 10;
    private static final long ENTRY_STACK_BYTES = PAGE_BYTES;
    private static final long SMEP_AND_SMAP = 3L << 20;
    private static final long RFLAGS_INITIAL = 2;
    private static final long DATA = PageTableBuilder.WRITABLE | PageTableBuilder.NO_EXECUTE;
    /** Zeroes behind a flat image, whose file has none at its end. */
    private static final long FLAT_ROOM_BYTES = 64L << 10;

    private final List<LoadSegment> segments;
    private final PhysicalImage image = new PhysicalImage();
    private final SegmentPages pages;
    private final AddressSlots slots;

    private BareMachine(List<LoadSegment> segments) {
        this.segments = segments;
        this.pages = new SegmentPages(image, DefaultLayout.RAM_SIZE_BYTES);
        this.slots = new AddressSlots();
    }

    /**
     * The machine before the first instruction of an ELF64 executable.
     *
     * @throws IllegalArgumentException naming what is wrong with the file, where, and what would be right
     */
    public static MachineState ofElf(byte[] file) {
        ElfExecutable executable = ElfExecutable.read(file);
        if (!executable.is64Bit()) {
            throw new IllegalArgumentException(
                    "EI_CLASS (offset 0x4) is 1, a 32-bit executable; expected 2, as it starts"
                            + " in 64-bit mode. A 32-bit kernel can start by multiboot");
        }
        return new BareMachine(executable.segments()).build(executable.entry());
    }

    /**
     * The machine before the instruction at the first byte of an image, which may be read, written and executed.
     *
     * @param origin linear address of the first byte
     * @throws IllegalArgumentException if the image is empty, or not canonical from its first byte to its last
     */
    public static MachineState ofFlat(byte[] bytes, long origin) {
        if (bytes.length == 0) throw new IllegalArgumentException("the image is empty");
        long lastOfHalf = origin >= 0 ? (1L << 47) - 1 : -1;
        long room = Math.max(0, Math.min(FLAT_ROOM_BYTES, lastOfHalf - origin - bytes.length + 1));
        var segment = new LoadSegment("the image", origin, origin, bytes, bytes.length + room, true, true);
        return new BareMachine(List.of(segment)).build(origin);
    }

    private MachineState build(long entry) {
        pages.place(segments);
        requireExecutable(entry);
        segments.forEach(slots::occupy);
        PageTableBuilder tables = new PageTableBuilder(image);
        pages.map(tables);
        long directMap = slots.choose(DefaultLayout.DIRECT_MAP);
        for (long physical = 0; physical < MAPPED_PHYSICAL_BYTES; physical += LARGE_PAGE_BYTES) {
            tables.map2M(directMap + physical, physical, DATA);
        }
        long stack = slots.choose(DefaultLayout.SECTIONS.get(".task_stack"));
        mapFresh(tables, stack, new byte[(int) STACK_BYTES]);
        long area = slots.choose(DefaultLayout.IDT) - DefaultLayout.IDT;
        long entryStack = area + DefaultLayout.SECTIONS.get(".entry_stack");
        long tss = area + DefaultLayout.TSS;
        mapFresh(tables, area + DefaultLayout.IDT, DescriptorTables.idt(List.of()));
        mapFresh(tables, area + DefaultLayout.GDT, DescriptorTables.gdt(tss));
        mapFresh(tables, entryStack, new byte[(int) ENTRY_STACK_BYTES]);
        var rsp0 = new ProgramRecords.Stack(entryStack, entryStack + ENTRY_STACK_BYTES, ProgramRecords.Stack.RSP0);
        mapFresh(tables, tss, DescriptorTables.tss(List.of(rsp0)));
        requireRoom();

        Map<MachineRegister, Long> registers = LongModeRegisters.registers(false, tables.root());
        registers.put(MachineRegister.CR4, LongModeRegisters.CR4 & ~SMEP_AND_SMAP);
        registers.put(MachineRegister.RFLAGS, RFLAGS_INITIAL);
        registers.put(MachineRegister.RIP, entry);
        registers.put(MachineRegister.RSP, stack + STACK_BYTES);
        return new MachineState(
                        registers,
                        LongModeRegisters.system(false, area + DefaultLayout.GDT, area + DefaultLayout.IDT, tss),
                        DefaultLayout.RAM_SIZE_BYTES,
                        image.pages(),
                        new TreeMap<>(),
                        List.of())
                .with(DeviceState.PC);
    }

    private void mapFresh(PageTableBuilder tables, long linear, byte[] bytes) {
        for (int offset = 0; offset < bytes.length; offset += PhysicalImage.PAGE_BYTES) {
            long frame = image.allocate();
            image.write(frame, Arrays.copyOfRange(bytes, offset, Math.min(bytes.length, offset + (int) PAGE_BYTES)));
            tables.map4K(linear + offset, frame, DATA);
        }
    }

    private void requireExecutable(long entry) {
        for (LoadSegment segment : segments) if (segment.executable() && segment.containsLinear(entry)) return;
        throw new IllegalArgumentException(
                String.format("e_entry (offset 0x18) is 0x%x, which is in no executable segment", entry));
    }

    private void requireRoom() {
        if (image.nextFrame() <= DefaultLayout.RAM_SIZE_BYTES) return;
        throw new IllegalArgumentException("the program and its page tables do not fit into the machine's memory of 0x"
                + Long.toHexString(DefaultLayout.RAM_SIZE_BYTES) + " bytes");
    }
}
