package dev.trapframe.emulator.cpu;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.delivery.CallGates;
import dev.trapframe.emulator.delivery.FastSystemCall;
import dev.trapframe.emulator.delivery.InterruptReturn;
import dev.trapframe.emulator.descriptor.SegmentDescriptor;
import dev.trapframe.emulator.device.Devices;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.execute.Context;
import dev.trapframe.emulator.execute.LocalApicAccess;
import dev.trapframe.emulator.isa.ControlRegisterOperand;
import dev.trapframe.emulator.isa.DebugRegisterOperand;
import dev.trapframe.emulator.isa.GeneralRegister;
import dev.trapframe.emulator.isa.ImmediateOperand;
import dev.trapframe.emulator.isa.Instruction;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.RegisterOperand;
import dev.trapframe.emulator.isa.RelativeOperand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.isa.SegmentRegisterOperand;
import dev.trapframe.emulator.memory.LinearMemory;
import dev.trapframe.emulator.memory.LittleEndian;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.DebugBits;
import dev.trapframe.emulator.state.Rflags;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one instruction asks of the world, and what it leaves for the loop to do. One object serves all instructions:
 * {@link #begin} makes it new.
 */
final class ExecutionContext implements Context {

    /** A REP step ends here at the latest, between two iterations, so that limits are looked at. */
    static final long MAX_ITERATIONS_PER_STEP = 4_096;

    private static final MachineRegister[] CONTROL_REGISTERS = {
        MachineRegister.CR0,
        null,
        MachineRegister.CR2,
        MachineRegister.CR3,
        MachineRegister.CR4,
        null,
        null,
        null,
        MachineRegister.CR8
    };
    private static final MachineRegister[] DEBUG_REGISTERS = {
        MachineRegister.DR0,
        MachineRegister.DR1,
        MachineRegister.DR2,
        MachineRegister.DR3,
        MachineRegister.DR6,
        MachineRegister.DR7,
        MachineRegister.DR6,
        MachineRegister.DR7
    };
    private static final SystemRegister[] SYSTEM_REGISTERS = SystemRegister.values();
    private static final long OFFSET_32 = 0xffff_ffffL;

    private final CpuState cpu;
    private final LinearMemory memory;
    private final Processor processor;
    private final InterruptReturn interruptReturn;
    private final CallGates callGates;
    private final FastSystemCall fastSystemCall;
    private final BooleanSupplier eventWaits;
    private final Devices devices;
    private final LocalApicAccess localApic;

    private long nextRip;
    private long target;
    private @Nullable Event raised;
    private boolean ripLoaded;
    private boolean branched;
    private boolean resumeFlagLoaded;
    private boolean returned;
    private boolean trapsByNewFlags;
    private boolean halted;
    private boolean wakesOnMasked;
    private boolean monitoring;
    private boolean nmiUnblocked;
    private boolean betweenIterations;
    private Shadow shadow = Shadow.NONE;
    private long iterations;
    private long ticks;

    /**
     * @param devices    whose ports and local APIC instructions reach
     * @param eventWaits true if an event is pending that ends a REP string instruction
     */
    ExecutionContext(
            CpuState cpu, LinearMemory memory, Processor processor, Devices devices, BooleanSupplier eventWaits) {
        this.eventWaits = eventWaits;
        this.devices = devices;
        this.localApic = new ApicAccess(devices, memory);
        this.cpu = cpu;
        this.memory = memory;
        this.processor = processor;
        this.interruptReturn = new InterruptReturn(cpu, memory);
        this.callGates = new CallGates(cpu, memory);
        this.fastSystemCall = new FastSystemCall(cpu);
    }

    void begin(Instruction instruction) {
        nextRip = cpu.rip() + instruction.lengthBytes();
        if (!cpu.in64BitMode()) nextRip &= OFFSET_32;
        target = nextRip;
        raised = null;
        ripLoaded = false;
        branched = false;
        resumeFlagLoaded = false;
        returned = false;
        trapsByNewFlags = false;
        halted = false;
        wakesOnMasked = false;
        nmiUnblocked = false;
        betweenIterations = false;
        shadow = Shadow.NONE;
        iterations = 1;
    }

    /** Makes RIP what the instruction left it to be, and clears RF unless the instruction loaded it. */
    void complete() {
        ticks++;
        if (!ripLoaded) cpu.setRip(target);
        if (!resumeFlagLoaded && cpu.flag(Rflags.RF)) cpu.setRflags(cpu.rflags() & ~Rflags.RF);
    }

    /** Time that passed without this object: one tick for each instruction. */
    void addTicks(long count) {
        ticks += count;
    }

    @Nullable
    Event raised() {
        return raised;
    }

    /** IRET and SYSRET note a micro-op of their own that owns the register changes. */
    boolean hasReturned() {
        return returned;
    }

    /** A taken branch, whatever its target. */
    boolean hasBranched() {
        return branched || ripLoaded;
    }

    boolean hasHalted() {
        return halted;
    }

    boolean wakesOnMasked() {
        return wakesOnMasked;
    }

    /** MONITOR has been executed, and no MWAIT since. */
    boolean isMonitoring() {
        return monitoring;
    }

    void setMonitoring(boolean armed) {
        monitoring = armed;
    }

    /** SYSCALL and SYSRET trap by the TF that they leave, not by the one they found. */
    boolean trapsByNewFlags() {
        return trapsByNewFlags;
    }

    /** True once if IRET has ended the blocking of NMIs, even if it then faulted. */
    boolean takeNmiUnblocked() {
        boolean taken = nmiUnblocked;
        nmiUnblocked = false;
        return taken;
    }

    boolean isBetweenIterations() {
        return betweenIterations;
    }

    Shadow shadow() {
        return shadow;
    }

    long iterations() {
        return iterations;
    }

    @Override
    public CpuState cpu() {
        return cpu;
    }

    @Override
    public long nextRip() {
        return nextRip;
    }

    @Override
    public void jump(long newTarget) {
        if (cpu.in64BitMode()) {
            if (!cpu.isCanonical(newTarget)) throw new Fault(ExceptionVector.GP);
        } else if (newTarget > cpu.descriptor(SystemRegister.CS).limitBytes() || newTarget < 0) {
            throw new Fault(ExceptionVector.GP);
        }
        jumpFar(newTarget);
    }

    @Override
    public void jumpFar(long newTarget) {
        target = newTarget;
        branched = true;
    }

    @Override
    public long read(Operand operand) {
        if (operand instanceof RegisterOperand register) return readRegister(register);
        if (operand instanceof ImmediateOperand immediate) return immediate.value();
        if (operand instanceof MemoryOperand place) {
            return load(place.segment(), effectiveAddress(place), place.sizeBytes());
        }
        return readSpecial(operand);
    }

    private long readRegister(RegisterOperand operand) {
        long value = cpu.general(operand.register().ordinal());
        return switch (operand.sizeBytes()) {
            case 8 -> value;
            case 4 -> value & 0xffff_ffffL;
            case 2 -> value & 0xffffL;
            default -> (operand.highByte() ? value >>> 8 : value) & 0xffL;
        };
    }

    private long readSpecial(Operand operand) {
        if (operand instanceof SegmentRegisterOperand segment) return cpu.selector(segment.register());
        if (operand instanceof ControlRegisterOperand control) return cpu.get(CONTROL_REGISTERS[control.number()]);
        if (operand instanceof DebugRegisterOperand debug) return cpu.get(DEBUG_REGISTERS[debug.number()]);
        if (operand instanceof RelativeOperand relative) return relative.displacement();
        throw new IllegalArgumentException("cannot read " + operand);
    }

    @Override
    public long readForWrite(Operand operand) {
        if (!(operand instanceof MemoryOperand place)) return read(operand);
        long linear = linear(place.segment(), effectiveAddress(place), place.sizeBytes(), true);
        long value = memory.readForWrite(place.segment(), linear, place.sizeBytes());
        noteRead(linear, place.sizeBytes(), value);
        return value;
    }

    @Override
    public void write(Operand operand, long value) {
        if (operand instanceof RegisterOperand register) {
            writeRegister(register, value);
        } else if (operand instanceof MemoryOperand place) {
            store(place.segment(), effectiveAddress(place), place.sizeBytes(), value);
        } else if (operand instanceof ControlRegisterOperand control) {
            cpu.set(CONTROL_REGISTERS[control.number()], value);
        } else if (operand instanceof DebugRegisterOperand debug) {
            cpu.set(DEBUG_REGISTERS[debug.number()], value);
        } else {
            throw new IllegalArgumentException("cannot write " + operand);
        }
    }

    private void writeRegister(RegisterOperand operand, long value) {
        int number = operand.register().ordinal();
        switch (operand.sizeBytes()) {
            case 8 -> cpu.setGeneral(number, value);
            case 4 -> cpu.setGeneral(number, value & 0xffff_ffffL);
            case 2 -> cpu.setGeneral(number, cpu.general(number) & ~0xffffL | value & 0xffffL);
            default -> {
                int shift = operand.highByte() ? 8 : 0;
                cpu.setGeneral(number, cpu.general(number) & ~(0xffL << shift) | (value & 0xffL) << shift);
            }
        }
    }

    @Override
    public long effectiveAddress(MemoryOperand operand) {
        long address = operand.displacement();
        GeneralRegister base = operand.base();
        GeneralRegister index = operand.index();
        if (base != null) address += cpu.general(base.ordinal());
        if (index != null) address += cpu.general(index.ordinal()) * operand.scale();
        if (operand.ripRelative()) address += nextRip;
        return switch (operand.addressSizeBytes()) {
            case 8 -> address;
            case 4 -> address & 0xffff_ffffL;
            default -> address & 0xffffL;
        };
    }

    @Override
    public long linearAddress(MemoryOperand operand) {
        return addBase(operand.segment(), effectiveAddress(operand));
    }

    private long addBase(SegmentRegister segment, long offset) {
        if (!cpu.in64BitMode()) return cpu.segmentBase(segment) + offset & OFFSET_32;
        boolean based = segment == SegmentRegister.FS || segment == SegmentRegister.GS;
        return based ? cpu.segmentBase(segment) + offset : offset;
    }

    private long linear(SegmentRegister segment, long offset, int sizeBytes, boolean write) {
        if (!cpu.in64BitMode()) checkSegment(segment, offset, sizeBytes, write);
        return addBase(segment, offset);
    }

    /** Segment checks outside of 64-bit mode: null, type, limit. Source: Intel SDM Vol. 3A, "Protection". */
    private void checkSegment(SegmentRegister segment, long offset, int sizeBytes, boolean write) {
        Descriptor held = cpu.descriptor(SYSTEM_REGISTERS[segment.ordinal()]);
        SegmentDescriptor descriptor = new SegmentDescriptor(held.base(), held.limitBytes(), held.attributes());
        boolean usable = descriptor.isPresent() && (write ? descriptor.isWritable() : descriptor.isReadable());
        if (usable && descriptor.contains(offset, sizeBytes)) return;
        throw new Fault(segment == SegmentRegister.SS ? ExceptionVector.SS : ExceptionVector.GP);
    }

    @Override
    public long load(SegmentRegister segment, long offset, int sizeBytes) {
        long linear = linear(segment, offset, sizeBytes, false);
        long value = memory.read(segment, linear, sizeBytes);
        noteRead(linear, sizeBytes, value);
        return value;
    }

    private void noteRead(long linear, int sizeBytes, long value) {
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.MemoryRead(linear, sizeBytes, value));
    }

    @Override
    public void store(SegmentRegister segment, long offset, int sizeBytes, long value) {
        long linear = linear(segment, offset, sizeBytes, true);
        memory.write(segment, linear, sizeBytes, value);
        noteWritten(linear, sizeBytes, value);
    }

    private void noteWritten(long linear, int sizeBytes, long value) {
        if (!cpu.sink().wantsMicroOps()) return;
        cpu.sink().note(new MicroOp.MemoryWritten(linear, sizeBytes, LittleEndian.truncate(value, sizeBytes)));
    }

    @Override
    public long loadFromStack(long rsp, int sizeBytes) {
        return load(SegmentRegister.SS, cpu.stackOffset(rsp), sizeBytes);
    }

    @Override
    public void storeToStack(long rsp, int sizeBytes, long value) {
        store(SegmentRegister.SS, cpu.stackOffset(rsp), sizeBytes, value);
    }

    @Override
    public long loadSystem(long linear, int sizeBytes) {
        long value = memory.readSystem(linear, sizeBytes);
        noteRead(linear, sizeBytes, value);
        return value;
    }

    @Override
    public void storeSystem(long linear, int sizeBytes, long value) {
        memory.writeSystem(linear, sizeBytes, value);
        noteWritten(linear, sizeBytes, value);
    }

    @Override
    public void checkWrite(SegmentRegister segment, long offset, int sizeBytes) {
        memory.checkWrite(segment, linear(segment, offset, sizeBytes, true), sizeBytes);
    }

    @Override
    public Processor processor() {
        return processor;
    }

    @Override
    public long ticks() {
        return ticks;
    }

    @Override
    public void raise(Event event) {
        raised = event;
    }

    @Override
    public boolean continueRepeating() {
        ticks++;
        boolean ends = eventWaits.getAsBoolean()
                || cpu.flag(Rflags.TF) && !stepsOnBranches()
                || memory.breakpoints().hasHits()
                || iterations >= MAX_ITERATIONS_PER_STEP;
        if (ends) {
            betweenIterations = true;
            target = cpu.rip();
            return false;
        }
        iterations++;
        return true;
    }

    /** TF traps taken branches only. Source: Intel SDM Vol. 3B, "Single-Stepping on Branches". */
    boolean stepsOnBranches() {
        return (cpu.get(MachineRegister.DEBUGCTL) & DebugBits.DEBUGCTL_BTF) != 0;
    }

    @Override
    public void interruptReturn(int operandSizeBytes) {
        nmiUnblocked = true;
        interruptReturn.execute(operandSizeBytes);
        ripLoaded = true;
        resumeFlagLoaded = true;
        returned = true;
    }

    @Override
    public void callThroughGate(int selector) {
        jumpFar(callGates.call(selector, nextRip));
    }

    @Override
    public void jumpThroughGate(int selector) {
        jumpFar(callGates.jump(selector));
    }

    @Override
    public void fastSystemCall() {
        fastSystemCall.call(nextRip);
        ripLoaded = true;
        trapsByNewFlags = true;
    }

    @Override
    public void fastSystemReturn(int operandSizeBytes) {
        fastSystemCall.sysret(operandSizeBytes);
        ripLoaded = true;
        returned = true;
        trapsByNewFlags = true;
    }

    @Override
    public void invalidatePage(long linear) {
        memory.invalidate(linear);
    }

    @Override
    public void invalidatePage(int pcid, long linear) {
        memory.invalidate(pcid, linear);
    }

    @Override
    public void flushPcid(int pcid, boolean globalToo) {
        memory.flushTlb(pcid, globalToo);
    }

    @Override
    public void switchContext() {
        memory.switchContext();
    }

    @Override
    public void flushTlb(boolean globalToo) {
        memory.flushTlb(globalToo);
    }

    @Override
    public void loadPageDirectoryPointers(long cr3) {
        memory.loadPageDirectoryPointers(cr3);
    }

    @Override
    public void halt() {
        halted = true;
    }

    @Override
    public void armMonitor() {
        monitoring = true;
    }

    @Override
    public void waitMonitored(boolean evenIfMasked) {
        halted = monitoring;
        wakesOnMasked = evenIfMasked;
        monitoring = false;
    }

    @Override
    public void shadowAfterSti() {
        shadow = Shadow.STI;
    }

    @Override
    public void shadowAfterMovSs() {
        shadow = Shadow.MOV_SS;
    }

    @Override
    public LocalApicAccess localApic() {
        return localApic;
    }

    @Override
    public long readPort(int port, int sizeBytes) {
        long value = devices.readPort(port, sizeBytes);
        if (memory.breakpoints().areEnabled()) memory.breakpoints().portAccessed(port, sizeBytes);
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.PortRead(port, sizeBytes, value));
        return value;
    }

    @Override
    public void writePort(int port, int sizeBytes, long value) {
        long written = LittleEndian.truncate(value, sizeBytes);
        devices.writePort(port, sizeBytes, written);
        if (memory.breakpoints().areEnabled()) memory.breakpoints().portAccessed(port, sizeBytes);
        if (cpu.sink().wantsMicroOps()) cpu.sink().note(new MicroOp.PortWritten(port, sizeBytes, written));
    }
}
