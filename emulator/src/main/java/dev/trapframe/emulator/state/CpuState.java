package dev.trapframe.emulator.state;

import dev.trapframe.emulator.api.Change.Descriptor;
import dev.trapframe.emulator.api.Change.SystemRegister;
import dev.trapframe.emulator.api.ChangeSink;
import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.isa.SegmentRegister;
import java.util.Arrays;

/**
 * The registers of the processor. Setters check nothing (the instruction does) and tell the {@link ChangeSink}.
 *
 * <p>Not thread-safe.
 */
public final class CpuState {

    private static final int GENERAL = 16;
    private static final int RSP = MachineRegister.RSP.ordinal();
    private static final int RIP = MachineRegister.RIP.ordinal();
    private static final int CPL = MachineRegister.CPL.ordinal();
    private static final int CR0 = MachineRegister.CR0.ordinal();
    private static final int EFER = MachineRegister.EFER.ordinal();
    private static final int CS = SystemRegister.CS.ordinal();
    /** From here on a change may change what an access may do; the registers between are rarely written. */
    private static final int FIRST_ACCESS = MachineRegister.CR0.ordinal();

    private static final int LAST_ACCESS = MachineRegister.PDPTE3.ordinal();
    private static final int XMM = MachineRegister.XMM0_LOW.ordinal();
    private static final int RFLAGS = MachineRegister.RFLAGS.ordinal();
    private static final int CR4 = MachineRegister.CR4.ordinal();
    private static final int SIGN_BITS_4_LEVEL = 16;
    private static final int SIGN_BITS_5_LEVEL = 7;
    private static final int SS = SystemRegister.SS.ordinal();
    private static final int STACK_BIG = 0x4000;
    /** What FNINIT leaves. Source: Intel SDM Vol. 2A, FINIT/FNINIT. */
    public static final long FCW_INITIAL = 0x37f;

    /** Source: Intel SDM Vol. 1, "MXCSR Control and Status Register". */
    public static final long MXCSR_INITIAL = 0x1f80;

    /** x87 alone. Source: Intel SDM Vol. 3A, "Extended Control Registers (Including XCR0)". */
    private static final long XCR0_INITIAL = 1;

    private static final int CODE_LONG = 0x2000;
    private static final MachineRegister[] REGISTERS = MachineRegister.values();
    private static final SystemRegister[] SYSTEM_REGISTERS = SystemRegister.values();

    private final long[] registers = new long[REGISTERS.length];
    private final Descriptor[] descriptors = new Descriptor[SYSTEM_REGISTERS.length];
    private ChangeSink sink = ChangeSink.NONE;
    private int accessGeneration;
    private boolean longMode;
    /** Bits above those that a canonical address may choose: 16, or 7 with 5-level paging. */
    private int signBits = SIGN_BITS_4_LEVEL;

    public CpuState() {
        Arrays.fill(descriptors, new Descriptor(0, 0, 0, 0));
        registers[RFLAGS] = Rflags.ALWAYS_ONE;
        registers[MachineRegister.DR6.ordinal()] = 0xffff0ff0L;
        registers[MachineRegister.DR7.ordinal()] = 0x400L;
        registers[MachineRegister.FCW.ordinal()] = FCW_INITIAL;
        registers[MachineRegister.MXCSR.ordinal()] = MXCSR_INITIAL;
        registers[MachineRegister.XCR0.ordinal()] = XCR0_INITIAL;
        registers[MachineRegister.MISC_ENABLE.ordinal()] = MiscEnable.INITIAL;
    }

    public void setSink(ChangeSink sink) {
        this.sink = sink;
    }

    public ChangeSink sink() {
        return sink;
    }

    /** Takes over all registers of another; the sink hears nothing. */
    public void copyFrom(CpuState other) {
        System.arraycopy(other.registers, 0, registers, 0, registers.length);
        System.arraycopy(other.descriptors, 0, descriptors, 0, descriptors.length);
        accessDecisionsChanged();
    }

    private void accessDecisionsChanged() {
        accessGeneration++;
        signBits = (registers[CR4] & Cr4.LA57) != 0 ? SIGN_BITS_5_LEVEL : SIGN_BITS_4_LEVEL;
        longMode = (descriptors[CS].attributes() & CODE_LONG) != 0 && (registers[EFER] & Efer.LMA) != 0;
    }

    /**
     * Grows whenever a register changes that decides about access rights, translation or watched addresses: CPL, CR0 to
     * CR4, EFER, PKRU, PKRS, DR0 to DR7, the PDPTEs, RFLAGS.AC, CS. Who caches a decision compares.
     */
    public int accessGeneration() {
        return accessGeneration;
    }

    /**
     * The registers themselves, by ordinal of {@link MachineRegister}, for running free: general registers, RIP and the
     * status flags may be written here while nobody listens. No other.
     */
    public long[] unjournaled() {
        return registers;
    }

    /** Any register, whole. */
    public long get(MachineRegister register) {
        return registers[register.ordinal()];
    }

    /** Sets any register, whole; for the selector of a segment register use {@link #setSegment}. */
    public void set(MachineRegister register, long value) {
        if (register == MachineRegister.RFLAGS) {
            setRflags(value);
            return;
        }
        int index = register.ordinal();
        long before = registers[index];
        registers[index] = value;
        if (index >= FIRST_ACCESS && index <= LAST_ACCESS && before != value) accessDecisionsChanged();
        sink.registerChanged(register, before, value);
    }

    /** The general register with this number, 0 to 15, whole. */
    public long general(int number) {
        return registers[number];
    }

    /** Sets the general register with this number, 0 to 15, whole. */
    public void setGeneral(int number, long value) {
        long before = registers[number];
        registers[number] = value;
        sink.registerChanged(REGISTERS[number], before, value);
    }

    /** Bits 0 to 63 of the XMM register with this number, 0 to 15. */
    public long xmmLow(int number) {
        return registers[XMM + 2 * number];
    }

    /** Bits 64 to 127. */
    public long xmmHigh(int number) {
        return registers[XMM + 2 * number + 1];
    }

    /** Sets the XMM register with this number, 0 to 15, whole. */
    public void setXmm(int number, long low, long high) {
        setPart(XMM + 2 * number, low);
        setPart(XMM + 2 * number + 1, high);
    }

    private void setPart(int index, long value) {
        long before = registers[index];
        registers[index] = value;
        sink.registerChanged(REGISTERS[index], before, value);
    }

    public long rip() {
        return registers[RIP];
    }

    public void setRip(long rip) {
        long before = registers[RIP];
        registers[RIP] = rip;
        sink.registerChanged(MachineRegister.RIP, before, rip);
    }

    public long rsp() {
        return registers[RSP];
    }

    public void setRsp(long rsp) {
        setGeneral(RSP, rsp);
    }

    public long rflags() {
        return registers[RFLAGS];
    }

    public void setRflags(long rflags) {
        long before = registers[RFLAGS];
        registers[RFLAGS] = rflags;
        if (((before ^ rflags) & Rflags.AC) != 0) accessGeneration++;
        sink.registerChanged(MachineRegister.RFLAGS, before, rflags);
    }

    public boolean flag(long mask) {
        return (registers[RFLAGS] & mask) != 0;
    }

    /** Current privilege level, 0 to 3. */
    public int cpl() {
        return (int) registers[CPL];
    }

    public void setCpl(int cpl) {
        set(MachineRegister.CPL, cpl);
    }

    /** The selector in a segment register, 16 bits. */
    public int selector(SegmentRegister segment) {
        return (int) registers[MachineRegister.ES.ordinal() + segment.ordinal()];
    }

    /** The base that is added to effective addresses; in 64-bit mode only those of FS and GS count. */
    public long segmentBase(SegmentRegister segment) {
        return switch (segment) {
            case FS -> registers[MachineRegister.FS_BASE.ordinal()];
            case GS -> registers[MachineRegister.GS_BASE.ordinal()];
            default -> descriptors[segment.ordinal()].base();
        };
    }

    /**
     * The hidden part of a segment register, or a descriptor-table register. For FS and GS the base here follows
     * FS_BASE and GS_BASE.
     */
    public Descriptor descriptor(SystemRegister register) {
        return descriptors[register.ordinal()];
    }

    /** Loads a segment register: selector and hidden part, and for FS and GS the base register. */
    public void setSegment(SegmentRegister segment, Descriptor descriptor) {
        set(MachineRegister.segment(segment.ordinal()), descriptor.selector());
        setDescriptor(SYSTEM_REGISTERS[segment.ordinal()], descriptor);
        if (segment == SegmentRegister.FS) set(MachineRegister.FS_BASE, descriptor.base());
        if (segment == SegmentRegister.GS) set(MachineRegister.GS_BASE, descriptor.base());
    }

    /** Sets GDTR, IDTR, LDTR, TR, or the hidden part of a segment register. */
    public void setDescriptor(SystemRegister register, Descriptor descriptor) {
        Descriptor before = descriptors[register.ordinal()];
        descriptors[register.ordinal()] = descriptor;
        if (register == SystemRegister.CS) accessDecisionsChanged();
        sink.systemChanged(register, before, descriptor);
    }

    /** CR0.PG. */
    public boolean isPaging() {
        return (registers[CR0] & Cr0.PG) != 0;
    }

    /**
     * True if bits 63 to 47 are all equal; with CR4.LA57 bits 63 to 56. Outside of IA-32e mode linear addresses have 32
     * bits, and all are.
     *
     * <p>Source: Intel SDM Vol. 1, "Canonical Addressing".
     */
    public boolean isCanonical(long linear) {
        return linear << signBits >> signBits == linear;
    }

    /** The process-context identifier in use: CR3 bits 11 to 0, and 0 without CR4.PCIDE. */
    public int pcid() {
        boolean enabled = (registers[CR4] & Cr4.PCIDE) != 0;
        return enabled ? (int) registers[MachineRegister.CR3.ordinal()] & 0xfff : 0;
    }

    /** True in IA-32e mode, which is 64-bit mode and compatibility mode: EFER.LMA. */
    public boolean inIa32eMode() {
        return (registers[EFER] & Efer.LMA) != 0;
    }

    /** True in 64-bit mode: EFER.LMA and CS.L. */
    public boolean in64BitMode() {
        return longMode;
    }

    /**
     * Bytes of RSP that stack instructions use: 8 in 64-bit mode, else 4 or 2 by the B flag of SS.
     *
     * <p>Source: Intel SDM Vol. 1, "Address-Size Attribute for Stack".
     */
    public int stackAddressSizeBytes() {
        if (longMode) return Long.BYTES;
        return (descriptors[SS].attributes() & STACK_BIG) != 0 ? Integer.BYTES : Short.BYTES;
    }

    /** A stack pointer cut to the bits that stack instructions use now. */
    public long stackOffset(long rsp) {
        return switch (stackAddressSizeBytes()) {
            case Long.BYTES -> rsp;
            case Integer.BYTES -> rsp & 0xffff_ffffL;
            default -> rsp & 0xffffL;
        };
    }

    /** Moves the stack pointer: RSP, ESP (then the upper half becomes 0), or SP (then the rest stays). */
    public void setStackPointer(long rsp) {
        boolean narrow = stackAddressSizeBytes() == Short.BYTES;
        setRsp(narrow ? rsp() & ~0xffffL | rsp & 0xffffL : stackOffset(rsp));
    }

    /** Number of general registers. */
    public static int generalCount() {
        return GENERAL;
    }
}
