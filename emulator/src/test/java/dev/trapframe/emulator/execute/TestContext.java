package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.InstructionForm;
import dev.trapframe.emulator.isa.InstructionTable;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Mnemonic;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.RepeatPrefix;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import dev.trapframe.emulator.state.CpuState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The world of one instruction: registers in 64-bit mode at CPL 0, flat memory without paging, and a record of what
 * else the instruction asked for. Nothing is restored after a fault, so that a test sees what an instruction wrote too
 * early.
 */
final class TestContext implements Context {

    static final long RIP = 0x1000;
    static final int LENGTH = 4;
    static final long NEXT_RIP = RIP + LENGTH;

    private static final int CODE_64 = 0xa09b;
    private static final Map<Mnemonic, InstructionForm> FORMS = new EnumMap<>(Mnemonic.class);

    static {
        InstructionTable.standard().forms().forEach(form -> FORMS.putIfAbsent(form.mnemonic(), form));
    }

    private final CpuState cpu = new CpuState();
    private final Map<Long, Byte> memory = new HashMap<>();
    private long readOnlyFrom = -1;
    private long absentFrom = -1;

    Processor processor = Processor.TRAPFRAME;
    long ticks = 0x1_2345_6789L;
    int iterationsAllowed = Integer.MAX_VALUE;
    final Map<Integer, Long> ports = new HashMap<>();
    final List<String> calls = new ArrayList<>();
    int portReads;
    final List<Event> raised = new ArrayList<>();

    TestContext() {
        cpu.set(MachineRegister.CR0, 0x8005_0033L);
        cpu.set(MachineRegister.CR4, 0x0171_06a0L);
        cpu.set(MachineRegister.EFER, 0xd01);
        cpu.setSegment(SegmentRegister.CS, new Descriptor(0x10, 0, -1L >>> 32, CODE_64));
        cpu.setRip(RIP);
        cpu.setRsp(0x8000);
    }

    /** From this address on (unsigned, up to 1 MiB further) every write is a page fault. */
    void makeReadOnly(long linear) {
        readOnlyFrom = linear;
    }

    /** From this address on (unsigned, up to 1 MiB further) every access is a page fault. */
    void makeAbsent(long linear) {
        absentFrom = linear;
    }

    /** Executes an instruction whose operand size is that of its first operand. */
    void execute(Mnemonic mnemonic, Operand... operands) {
        executeSized(mnemonic, operands.length == 0 ? Long.BYTES : operands[0].sizeBytes(), operands);
    }

    void executeSized(Mnemonic mnemonic, int operandSizeBytes, Operand... operands) {
        execute(instruction(mnemonic, operandSizeBytes, Long.BYTES, RepeatPrefix.NONE, null, operands));
    }

    void execute(Instruction instruction) {
        cpu.setRip(RIP);
        InstructionSet.semanticsOf(instruction).execute(instruction, this);
    }

    static Instruction instruction(
            Mnemonic mnemonic,
            int operandSizeBytes,
            int addressSizeBytes,
            RepeatPrefix repeat,
            @Nullable SegmentRegister segmentOverride,
            Operand... operands) {
        InstructionForm form = FORMS.get(mnemonic);
        return new Instruction(
                form, LENGTH, operandSizeBytes, addressSizeBytes, repeat, false, segmentOverride, operands);
    }

    static RegisterOperand register(GeneralRegister register, int sizeBytes) {
        return new RegisterOperand(register, sizeBytes, false);
    }

    static RegisterOperand highByte(GeneralRegister register) {
        return new RegisterOperand(register, 1, true);
    }

    static ImmediateOperand immediate(long value, int sizeBytes) {
        return new ImmediateOperand(value, sizeBytes);
    }

    /** Memory at an absolute address, through DS. */
    static MemoryOperand memory(long address, int sizeBytes) {
        return new MemoryOperand(SegmentRegister.DS, null, null, 1, address, false, 8, sizeBytes);
    }

    static MemoryOperand memory(SegmentRegister segment, GeneralRegister base, long displacement, int sizeBytes) {
        return new MemoryOperand(segment, base, null, 1, displacement, false, 8, sizeBytes);
    }

    long get(GeneralRegister register) {
        return cpu.general(register.ordinal());
    }

    void set(GeneralRegister register, long value) {
        cpu.setGeneral(register.ordinal(), value);
    }

    /** Reads memory without any check. */
    long peek(long linear, int sizeBytes) {
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) value = value << 8 | memory.getOrDefault(linear + i, (byte) 0) & 0xff;
        return value;
    }

    /** Writes memory without any check. */
    void poke(long linear, int sizeBytes, long value) {
        for (int i = 0; i < sizeBytes; i++) memory.put(linear + i, (byte) (value >>> 8 * i));
    }

    @Override
    public CpuState cpu() {
        return cpu;
    }

    @Override
    public long nextRip() {
        return NEXT_RIP;
    }

    @Override
    public void jump(long target) {
        if (!cpu.isCanonical(target)) throw new Fault(ExceptionVector.GP);
        cpu.setRip(target);
    }

    @Override
    public void jumpFar(long target) {
        cpu.setRip(target);
    }

    @Override
    public long read(Operand operand) {
        if (operand instanceof MemoryOperand m) return load(m.segment(), effectiveAddress(m), m.sizeBytes());
        if (operand instanceof ImmediateOperand i) return i.value();
        if (operand instanceof SegmentRegisterOperand s) return cpu.selector(s.register());
        RegisterOperand r = (RegisterOperand) operand;
        long value = cpu.general(r.register().ordinal());
        return zeroExtend(r.highByte() ? value >>> 8 : value, r.sizeBytes());
    }

    @Override
    public long readForWrite(Operand operand) {
        if (operand instanceof MemoryOperand m) checkWrite(m.segment(), effectiveAddress(m), m.sizeBytes());
        return read(operand);
    }

    @Override
    public void write(Operand operand, long value) {
        if (operand instanceof MemoryOperand m) {
            store(m.segment(), effectiveAddress(m), m.sizeBytes(), value);
            return;
        }
        if (operand instanceof ControlRegisterOperand) throw new AssertionError("control registers are set by name");
        RegisterOperand r = (RegisterOperand) operand;
        int number = r.register().ordinal();
        long old = cpu.general(number);
        long merged = switch (r.sizeBytes()) {
            case 1 -> r.highByte() ? old & ~0xff00L | (value & 0xff) << 8 : old & ~0xffL | value & 0xff;
            case 2 -> old & ~0xffffL | value & 0xffff;
            case 4 -> value & 0xffff_ffffL;
            default -> value;
        };
        cpu.setGeneral(number, merged);
    }

    private static long zeroExtend(long value, int sizeBytes) {
        return sizeBytes == 8 ? value : value & (1L << 8 * sizeBytes) - 1;
    }

    @Override
    public long effectiveAddress(MemoryOperand operand) {
        long address = operand.displacement();
        if (operand.ripRelative()) address += NEXT_RIP;
        if (operand.base() != null) address += get(operand.base());
        if (operand.index() != null) address += get(operand.index()) * operand.scale();
        return zeroExtend(address, operand.addressSizeBytes());
    }

    @Override
    public long linearAddress(MemoryOperand operand) {
        return linear(operand.segment(), effectiveAddress(operand));
    }

    private long linear(SegmentRegister segment, long offset) {
        Objects.requireNonNull(segment, "an access has a segment");
        boolean based = segment == SegmentRegister.FS || segment == SegmentRegister.GS;
        return based ? cpu.segmentBase(segment) + offset : offset;
    }

    @Override
    public long load(SegmentRegister segment, long offset, int sizeBytes) {
        long linear = linear(segment, offset);
        check(segment, linear, sizeBytes, absentFrom);
        return peek(linear, sizeBytes);
    }

    @Override
    public void store(SegmentRegister segment, long offset, int sizeBytes, long value) {
        checkWrite(segment, offset, sizeBytes);
        poke(linear(segment, offset), sizeBytes, value);
    }

    @Override
    public void checkWrite(SegmentRegister segment, long offset, int sizeBytes) {
        long linear = linear(segment, offset);
        check(segment, linear, sizeBytes, absentFrom);
        check(segment, linear, sizeBytes, readOnlyFrom);
    }

    private void check(SegmentRegister segment, long linear, int sizeBytes, long forbiddenFrom) {
        if (!cpu.isCanonical(linear)) {
            throw new Fault(segment == SegmentRegister.SS ? ExceptionVector.SS : ExceptionVector.GP);
        }
        long end = linear + sizeBytes;
        boolean overlaps = end > forbiddenFrom && linear < forbiddenFrom + 0x10_0000;
        if (forbiddenFrom != -1 && overlaps) throw new Fault(ExceptionVector.PF);
    }

    @Override
    public long loadFromStack(long rsp, int sizeBytes) {
        return load(SegmentRegister.SS, rsp, sizeBytes);
    }

    @Override
    public void storeToStack(long rsp, int sizeBytes, long value) {
        store(SegmentRegister.SS, rsp, sizeBytes, value);
    }

    @Override
    public long loadSystem(long linear, int sizeBytes) {
        return peek(linear, sizeBytes);
    }

    @Override
    public void storeSystem(long linear, int sizeBytes, long value) {
        poke(linear, sizeBytes, value);
    }

    @Override
    public Processor processor() {
        return processor;
    }

    /** A machine without a local APIC. */
    @Override
    public LocalApicAccess localApic() {
        return new LocalApicAccess() {
            @Override
            public boolean isAttached() {
                return false;
            }

            @Override
            public void baseChanged(long before) {}

            @Override
            public void taskPriorityLoaded() {}

            @Override
            public long read(int msr) {
                throw new Fault(ExceptionVector.GP);
            }

            @Override
            public void write(int msr, long value) {
                throw new Fault(ExceptionVector.GP);
            }

            @Override
            public long deadline() {
                return 0;
            }

            @Override
            public void setDeadline(long value, long ticksAtValue) {}
        };
    }

    @Override
    public long ticks() {
        return ticks;
    }

    @Override
    public void raise(Event event) {
        raised.add(event);
    }

    @Override
    public boolean continueRepeating() {
        return --iterationsAllowed > 0;
    }

    @Override
    public void interruptReturn(int operandSizeBytes) {
        calls.add("interruptReturn " + operandSizeBytes);
    }

    @Override
    public void callThroughGate(int selector) {
        calls.add("callThroughGate 0x" + Integer.toHexString(selector));
    }

    @Override
    public void jumpThroughGate(int selector) {
        calls.add("jumpThroughGate 0x" + Integer.toHexString(selector));
    }

    @Override
    public void fastSystemCall() {
        calls.add("fastSystemCall");
    }

    @Override
    public void fastSystemReturn(int operandSizeBytes) {
        calls.add("fastSystemReturn " + operandSizeBytes);
    }

    @Override
    public void invalidatePage(long linear) {
        calls.add("invalidatePage 0x" + Long.toHexString(linear));
    }

    @Override
    public void invalidatePage(int pcid, long linear) {
        calls.add("invalidatePage " + pcid + " 0x" + Long.toHexString(linear));
    }

    @Override
    public void flushPcid(int pcid, boolean globalToo) {
        calls.add("flushPcid " + pcid + (globalToo ? " with global" : ""));
    }

    @Override
    public void switchContext() {
        calls.add("switchContext");
    }

    @Override
    public void flushTlb(boolean globalToo) {
        calls.add(globalToo ? "flushTlb with global" : "flushTlb without global");
    }

    @Override
    public void loadPageDirectoryPointers(long cr3) {
        calls.add("loadPageDirectoryPointers " + cr3);
    }

    @Override
    public void halt() {
        calls.add("halt");
    }

    @Override
    public void armMonitor() {
        calls.add("armMonitor");
    }

    @Override
    public void waitMonitored(boolean evenIfMasked) {
        calls.add(evenIfMasked ? "waitMonitored even if masked" : "waitMonitored");
    }

    @Override
    public void shadowAfterSti() {
        calls.add("shadowAfterSti");
    }

    @Override
    public void shadowAfterMovSs() {
        calls.add("shadowAfterMovSs");
    }

    @Override
    public long readPort(int port, int sizeBytes) {
        portReads++;
        return zeroExtend(ports.getOrDefault(port, 0L), sizeBytes);
    }

    @Override
    public void writePort(int port, int sizeBytes, long value) {
        ports.put(port, zeroExtend(value, sizeBytes));
    }
}
