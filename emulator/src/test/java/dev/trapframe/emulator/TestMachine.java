package dev.trapframe.emulator;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.ChangeSink;
import dev.trapframe.emulator.api.DeviceState;
import dev.trapframe.emulator.api.Injection;
import dev.trapframe.emulator.api.Limits;
import dev.trapframe.emulator.api.MachineCheck;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MachineState;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.api.Program;
import dev.trapframe.emulator.api.StepOutcome;
import dev.trapframe.emulator.api.TraceView;
import dev.trapframe.emulator.assemble.Assembler;
import dev.trapframe.emulator.assemble.AssemblerOptions;
import dev.trapframe.emulator.assemble.IncludeResolver;
import dev.trapframe.emulator.cpu.Cpu;
import dev.trapframe.emulator.delivery.IdtEventDelivery;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.memory.PhysicalMemory;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.trace.TraceRecorder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A small machine in long mode: the first 2 MiB are mapped one to one by 4 KiB pages, 0x40000 to 0x7ffff for the user,
 * page 0 not at all. GDT, IDT and TSS stand where the constants say; all gates are absent until {@link #withGate}.
 */
public final class TestMachine {

    public static final int KERNEL_CS = 0x10;
    public static final int KERNEL_DS = 0x18;
    public static final int USER_CS32 = 0x23;
    public static final int USER_DS = 0x2b;
    public static final int USER_CS = 0x33;
    public static final int TSS_SELECTOR = 0x40;
    /** A selector for descriptors of a test's own. */
    public static final int SPARE_SELECTOR = 0x50;

    public static final long USER_RIP = 0x40000;
    public static final long USER_DATA = 0x41000;
    public static final long USER_RSP = 0x43000;
    public static final long USER_RFLAGS = 0x202;
    public static final long KERNEL_RIP = 0x8000;
    public static final long KERNEL_RSP = 0xe000;
    public static final long KERNEL_DATA = 0xf000;
    public static final long HANDLER = 0x8800;
    public static final long RSP0 = 0xa000;
    public static final long IST1 = 0xc000;

    public static final long GDT = 0x5000;
    public static final long IDT = 0x6000;
    public static final long TSS = 0x7000;

    /** Linear address of the local APIC's page in a machine {@linkplain #withDevices with devices}. */
    public static final long APIC = 0x1ff000;

    public static final int INTERRUPT_GATE = 0xe;
    public static final int TRAP_GATE = 0xf;

    private static final long PML4 = 0x1000;
    private static final long PAGE_TABLE = 0x4000;
    private static final long RAM = 0x200000;
    private static final long CODE64 = 0x00af_9b00_0000_ffffL;
    private static final long DATA = 0x00cf_9300_0000_ffffL;
    private static final long CODE32 = 0x00cf_9b00_0000_ffffL;
    private static final long DPL3 = 3L << 45;

    private final TreeMap<Long, byte[]> pages = new TreeMap<>();
    private final Map<MachineRegister, Long> registers = new EnumMap<>(MachineRegister.class);
    private final Map<SystemRegister, Descriptor> system = new EnumMap<>(SystemRegister.class);
    private final List<Injection> injections = new ArrayList<>();
    private final List<MicroOp> notes = new ArrayList<>();

    private DeviceState devices = DeviceState.NONE;
    private CpuState cpu;
    private LinearMemory memory;
    private PhysicalMemory physicalMemory;

    private TestMachine(int cpl) {
        mapMemory();
        fillDescriptorTables();
        set(MachineRegister.CR0, 0x8005_0033L);
        set(MachineRegister.CR3, PML4);
        set(MachineRegister.CR4, 0x6a0);
        set(MachineRegister.EFER, 0xd01);
        set(MachineRegister.CPL, cpl);
        set(MachineRegister.RFLAGS, USER_RFLAGS);
        set(MachineRegister.RIP, cpl == 0 ? KERNEL_RIP : USER_RIP);
        set(MachineRegister.RSP, cpl == 0 ? KERNEL_RSP : USER_RSP);
        segment(SegmentRegister.CS, cpl == 0 ? KERNEL_CS : USER_CS, 0xa09b | cpl << 5);
        segment(SegmentRegister.SS, cpl == 0 ? KERNEL_DS : USER_DS, 0xc093 | cpl << 5);
        segment(SegmentRegister.DS, USER_DS, 0xc0f3);
        segment(SegmentRegister.ES, USER_DS, 0xc0f3);
    }

    public static TestMachine inUserMode() {
        return new TestMachine(3);
    }

    public static TestMachine inKernelMode() {
        return new TestMachine(0);
    }

    private void mapMemory() {
        put(PML4, 8, 0x2007);
        put(0x2000, 8, 0x3007);
        put(0x3000, 8, PAGE_TABLE | 7);
        for (long page = 1; page < 512; page++) {
            boolean user = page >= 0x40 && page < 0x80;
            put(PAGE_TABLE + 8 * page, 8, page << 12 | (user ? 7 : 3));
        }
    }

    private void fillDescriptorTables() {
        put(GDT + KERNEL_CS, 8, CODE64);
        put(GDT + KERNEL_DS, 8, DATA);
        put(GDT + (USER_CS32 & ~3), 8, CODE32 | DPL3);
        put(GDT + (USER_DS & ~3), 8, DATA | DPL3);
        put(GDT + (USER_CS & ~3), 8, CODE64 | DPL3);
        put(TSS + 4, 8, RSP0);
        put(TSS + 0x24, 8, IST1);
        system.put(SystemRegister.GDTR, new Descriptor(0, GDT, 0x5f, 0));
        system.put(SystemRegister.IDTR, new Descriptor(0, IDT, 0xfff, 0));
        system.put(SystemRegister.TR, new Descriptor(TSS_SELECTOR, TSS, 0x67, 0x8b));
    }

    private void segment(SegmentRegister segment, int selector, int attributes) {
        set(MachineRegister.segment(segment.ordinal()), selector);
        system.put(SystemRegister.values()[segment.ordinal()], new Descriptor(selector, 0, 0xffff_ffffL, attributes));
    }

    // --- how it starts -------------------------------------------------------------------------------------------

    public TestMachine with(MachineRegister register, long value) {
        set(register, value);
        return this;
    }

    public TestMachine with(SystemRegister register, Descriptor descriptor) {
        system.put(register, descriptor);
        return this;
    }

    /** A gate to {@link #HANDLER} in the kernel's code segment. */
    public TestMachine withGate(int vector, int type, int dpl) {
        return withGate(vector, type, dpl, 0);
    }

    public TestMachine withGate(int vector, int type, int dpl, int ist) {
        return withGate(vector, KERNEL_CS, HANDLER, ist, type | dpl << 5 | 0x80);
    }

    /** A gate with everything said: {@code flags} is byte 5, P DPL 0 type. */
    public TestMachine withGate(int vector, int selector, long offset, int ist, int flags) {
        long low = offset & 0xffff
                | (long) selector << 16
                | (long) ist << 32
                | (long) flags << 40
                | (offset & 0xffff_0000L) << 32;
        put(IDT + 16L * vector, 8, low);
        put(IDT + 16L * vector + 8, 8, offset >>> 32);
        return this;
    }

    /** Bytes at RIP, as hex pairs. */
    public TestMachine withCode(String hex) {
        return withBytes(registers.get(MachineRegister.RIP), hex);
    }

    /** A program in GNU syntax at RIP; what belongs elsewhere comes behind {@code .org} from RIP on. */
    public TestMachine withProgram(String source) {
        long start = registers.get(MachineRegister.RIP);
        Program program = new Assembler(AssemblerOptions.of(Map.of(".text", start), IncludeResolver.none()))
                .assemble("test.S", ".globl _start\n_start:\n" + source);
        for (Program.Section section : program.sections()) {
            byte[] bytes = section.bytes();
            for (int i = 0; i < bytes.length; i++) put(section.linear() + i, 1, bytes[i]);
        }
        return this;
    }

    public TestMachine withBytes(long physical, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        for (int i = 0; i < bytes.length; i++) put(physical + i, 1, bytes[i]);
        return this;
    }

    public TestMachine withQuadword(long physical, long value) {
        put(physical, 8, value);
        return this;
    }

    /** The devices of a PC; the local APIC, enabled, stands at {@link #APIC}. */
    public TestMachine withDevices() {
        devices = DeviceState.PC;
        return with(MachineRegister.APIC_BASE, 0xfee0_0900L).withPageEntry(APIC, 0xfee0_0003L);
    }

    /** The page-table entry of a page below 2 MiB. */
    public TestMachine withPageEntry(long linear, long entry) {
        put(PAGE_TABLE + 8 * (linear >>> 12), 8, entry);
        return this;
    }

    public TestMachine withMachineCheck(int position, MachineCheck reported) {
        injections.add(Injection.machineCheck(position, reported));
        return this;
    }

    public TestMachine withInjection(int position, Event event) {
        injections.add(new Injection(position, event));
        return this;
    }

    private void set(MachineRegister register, long value) {
        registers.put(register, value);
    }

    private void put(long physical, int sizeBytes, long value) {
        byte[] page = pages.computeIfAbsent(physical & -4096, address -> new byte[4096]);
        LittleEndian.put(page, (int) physical & 4095, sizeBytes, value);
    }

    // --- how it runs ---------------------------------------------------------------------------------------------

    public MachineState state() {
        TreeMap<Long, byte[]> copy = new TreeMap<>();
        pages.forEach((address, bytes) -> copy.put(address, bytes.clone()));
        return new MachineState(
                        Processor.TRAPFRAME,
                        Map.copyOf(registers),
                        Map.copyOf(system),
                        RAM,
                        copy,
                        new TreeMap<>(),
                        injections)
                .with(devices);
    }

    public Machine machine() {
        return Machine.load(state());
    }

    public TraceView record(int steps) {
        return machine().record(Limits.ofSteps(steps));
    }

    /** Runs this machine's registers and memory while a recorder listens. */
    public void runRecorded(TraceRecorder recorder, int steps) {
        Cpu processor = new Cpu(cpu(), physicalMemory(), state());
        cpu().setSink(recorder.journal());
        physicalMemory().setSink(recorder.journal());
        for (int i = 0; i < steps; i++) {
            recorder.stepBegins();
            StepOutcome outcome = processor.step();
            recorder.stepEnded(outcome, processor.lastInstruction(), processor.lastIterations());
        }
    }

    /** The registers alone, without a loop around them; what they tell is in {@link #notes}. */
    public CpuState cpu() {
        build();
        return cpu;
    }

    public LinearMemory memory() {
        build();
        return memory;
    }

    public PhysicalMemory physicalMemory() {
        build();
        return physicalMemory;
    }

    /** The micro-ops noted so far. */
    public List<MicroOp> notes() {
        return notes;
    }

    public void deliver(Event event) {
        new IdtEventDelivery(cpu(), memory()).deliver(event, cpu().rip(), cpu().rflags());
    }

    /** The quadwords from RSP up. */
    public List<Long> frameOnStack(int words) {
        List<Long> frame = new ArrayList<>();
        for (int i = 0; i < words; i++) frame.add(physicalMemory.read(cpu.rsp() + 8L * i, 8));
        return frame;
    }

    /** All registers as they are now. */
    public Map<MachineRegister, Long> registers() {
        Map<MachineRegister, Long> values = new EnumMap<>(MachineRegister.class);
        for (MachineRegister register : MachineRegister.values()) values.put(register, cpu().get(register));
        return values;
    }

    private void build() {
        if (cpu != null) return;
        cpu = new CpuState();
        system.forEach((register, descriptor) -> cpu.setDescriptor(register, descriptor));
        registers.forEach(cpu::set);
        physicalMemory = new PhysicalMemory(RAM, pages);
        memory = new LinearMemory(cpu, physicalMemory, Processor.TRAPFRAME);
        cpu.setSink(new Notes());
    }

    private final class Notes implements ChangeSink {

        @Override
        public void registerChanged(MachineRegister register, long before, long after) {}

        @Override
        public void memoryChanged(long physical, long linear, int sizeBytes, long before, long after) {}

        @Override
        public void systemChanged(SystemRegister register, Descriptor before, Descriptor after) {}

        @Override
        public boolean wantsMicroOps() {
            return true;
        }

        @Override
        public void note(MicroOp op) {
            notes.add(op);
        }
    }
}
