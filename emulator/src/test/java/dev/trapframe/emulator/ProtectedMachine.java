package dev.trapframe.emulator;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.IncludeResolver;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A small machine in 32-bit protected mode with paging off and flat segments, 8 MiB of memory. GDT, IDT and TSS stand
 * where the constants say; all gates are absent until {@link #withGate}.
 */
public final class ProtectedMachine {

    public static final int CODE = 0x08;
    public static final int DATA = 0x10;
    public static final int USER_CODE = 0x1b;
    public static final int USER_DATA = 0x23;
    public static final int TSS_SELECTOR = 0x28;
    public static final int CODE_64 = 0x38;
    public static final int CODE_16 = 0x40;
    public static final int DATA_16 = 0x48;
    /** A selector for descriptors of a test's own; more follow up to {@code 0xf8}. */
    public static final int SPARE = 0x50;

    public static final long CODE_32_ENTRY = 0x00cf_9b00_0000_ffffL;
    public static final long DATA_32_ENTRY = 0x00cf_9300_0000_ffffL;
    public static final long CODE_64_ENTRY = 0x00af_9b00_0000_ffffL;
    public static final long CODE_16_ENTRY = 0x000f_9b00_0000_ffffL;
    public static final long DATA_16_ENTRY = 0x000f_9300_0000_ffffL;
    public static final long DPL3 = 3L << 45;

    public static final long GDT = 0x5000;
    public static final long IDT = 0x6000;
    public static final long TSS = 0x7000;
    public static final long ORIGIN = 0x8000;
    public static final long HANDLER = 0x9000;
    public static final long ESP0 = 0xa000;
    public static final long ESP = 0xe000;
    public static final long USER_ESP = 0x43000;
    public static final long DATA_PAGE = 0xf000;

    private static final long RAM = 0x80_0000;

    private final TreeMap<Long, byte[]> pages = new TreeMap<>();
    private final Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
    private final Map<SystemRegister, Descriptor> system = new EnumMap<>(SystemRegister.class);
    private Program program = new Program(List.of(), new TreeMap<>(), new TreeMap<>());
    private CpuState cpu;
    private LinearMemory memory;

    private ProtectedMachine(int cpl) {
        fillTables();
        with(MachineRegister.CR0, 0x11).with(MachineRegister.CPL, cpl).with(MachineRegister.RFLAGS, 2);
        with(MachineRegister.RIP, ORIGIN).with(MachineRegister.RSP, cpl == 0 ? ESP : USER_ESP);
        withSegment(SegmentRegister.CS, cpl == 0 ? CODE : USER_CODE);
        for (SegmentRegister segment : SegmentRegister.values()) {
            if (segment != SegmentRegister.CS) withSegment(segment, cpl == 0 ? DATA : USER_DATA);
        }
        with(SystemRegister.GDTR, new Descriptor(0, GDT, 0xff, 0));
        with(SystemRegister.IDTR, new Descriptor(0, IDT, 0x7ff, 0));
        with(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, 0x67, 0x8b));
    }

    public static ProtectedMachine inKernelMode() {
        return new ProtectedMachine(0);
    }

    public static ProtectedMachine inUserMode() {
        return new ProtectedMachine(3);
    }

    private void fillTables() {
        withEntry(CODE, CODE_32_ENTRY).withEntry(DATA, DATA_32_ENTRY);
        withEntry(USER_CODE, CODE_32_ENTRY | DPL3).withEntry(USER_DATA, DATA_32_ENTRY | DPL3);
        withEntry(TSS_SELECTOR, TSS << 16 | 0x8b00_0000_0067L);
        withEntry(CODE_64, CODE_64_ENTRY);
        withEntry(CODE_16, CODE_16_ENTRY).withEntry(DATA_16, DATA_16_ENTRY);
        put(TSS + 4, 4, ESP0);
        put(TSS + 8, 4, DATA);
        put(TSS + 0x66, 2, 0x68);
    }

    public ProtectedMachine with(MachineRegister register, long value) {
        registers.put(register, value);
        return this;
    }

    public ProtectedMachine with(SystemRegister register, Descriptor descriptor) {
        system.put(register, descriptor);
        if (register.ordinal() < SegmentRegister.values().length) {
            with(MachineRegister.segment(register.ordinal()), descriptor.selector());
        }
        return this;
    }

    /** Loads a segment register with the GDT's descriptor, rights aside. */
    public ProtectedMachine withSegment(SegmentRegister segment, int selector) {
        SegmentDescriptor descriptor = SegmentDescriptor.parse(get(GDT + (selector & ~7), 8));
        return with(SystemRegister.values()[segment.ordinal()], descriptor.loadedAs(selector));
    }

    /** A descriptor of the GDT. */
    public ProtectedMachine withEntry(int selector, long raw) {
        return put(GDT + (selector & ~7), 8, raw);
    }

    /** A gate of 8 bytes; {@code flags} is byte 5, P DPL 0 type. */
    public ProtectedMachine withGate(int vector, int selector, long offset, int flags) {
        return put(IDT + 8L * vector, 8, gate(selector, offset, flags));
    }

    /** The quadword of a gate without parameters. */
    public static long gate(int selector, long offset, int flags) {
        return offset & 0xffff | (long) selector << 16 | (long) flags << 40 | (offset & 0xffff_0000L) << 32;
    }

    public ProtectedMachine put(long physical, int sizeBytes, long value) {
        byte[] page = pages.computeIfAbsent(physical & -4096, address -> new byte[4096]);
        LittleEndian.put(page, (int) physical & 4095, sizeBytes, value);
        return this;
    }

    private long get(long physical, int sizeBytes) {
        return LittleEndian.get(pages.get(physical & -4096), (int) physical & 4095, sizeBytes);
    }

    /** Bytes at {@link #ORIGIN}, as hex pairs. */
    public ProtectedMachine withCode(String hex) {
        return withBytes(ORIGIN, HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private ProtectedMachine withBytes(long physical, byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) put(physical + i, 1, bytes[i]);
        return this;
    }

    /** A source in AT&T syntax that begins in 32-bit code, at {@link #ORIGIN}. */
    public ProtectedMachine withSource(String source) {
        program = new Assembler(AssemblerOptions.flat(ORIGIN, IncludeResolver.none()))
                .assemble("test.S", ".code32\n" + source + "\n");
        program.sections().forEach(section -> withBytes(section.linear(), section.bytes()));
        return this;
    }

    public long symbol(String name) {
        return program.symbol(name);
    }

    public MachineState state() {
        TreeMap<Long, byte[]> copy = new TreeMap<>();
        pages.forEach((address, bytes) -> copy.put(address, bytes.clone()));
        return new MachineState(
                Processor.TRAPFRAME, Map.copyOf(registers), Map.copyOf(system), RAM, copy, new TreeMap<>(), List.of());
    }

    public Machine machine() {
        return Machine.load(state());
    }

    /** The registers alone, without a loop around them. */
    public CpuState cpu() {
        build();
        return cpu;
    }

    public LinearMemory memory() {
        build();
        return memory;
    }

    private void build() {
        if (cpu != null) return;
        cpu = new CpuState();
        system.forEach(cpu::setDescriptor);
        registers.forEach(cpu::set);
        memory = new LinearMemory(cpu, new PhysicalMemory(RAM, state().pages()), Processor.TRAPFRAME);
    }
}
