package dev.trapframe.emulator.execute;

import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.event.Event;
import dev.trapframe.emulator.isa.MemoryOperand;
import dev.trapframe.emulator.isa.Operand;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.state.CpuState;

/**
 * What an instruction may ask of the world. Reads and writes may throw {@link dev.trapframe.emulator.event.Fault}.
 *
 * <p>Values are zero-extended {@code long}s of the given width. Every access to memory notes its micro-op.
 */
public interface Context {

    CpuState cpu();

    /** Address of the next instruction: RIP when the instruction completes, unless it {@linkplain #jump jumps}. */
    long nextRip();

    /** Makes {@code target} the RIP after this instruction; #GP(0) if it is not canonical. */
    void jump(long target);

    /** Makes {@code target} the RIP after this instruction; it was held against the code segment to come. */
    void jumpFar(long target);

    /** The value of an operand, zero-extended from {@code operand.sizeBytes()}; immediates sign-extended as they stand. */
    long read(Operand operand);

    /** Like {@link #read}, but asks for the right to write first: a read-modify-write faults as a write. */
    long readForWrite(Operand operand);

    /** Writes the low {@code operand.sizeBytes()} bytes; a 32-bit register write clears the upper half. */
    void write(Operand operand, long value);

    /** Effective address, cut to the address size, segment base not added: what LEA computes. */
    long effectiveAddress(MemoryOperand operand);

    /** Linear address: the segment's base added. */
    long linearAddress(MemoryOperand operand);

    /** Reads 1, 2, 4 or 8 bytes at {@code segment:offset}. */
    long load(SegmentRegister segment, long offset, int sizeBytes);

    /** Writes 1, 2, 4 or 8 bytes at {@code segment:offset}. */
    void store(SegmentRegister segment, long offset, int sizeBytes, long value);

    /** Reads through SS; of the stack pointer only the bits count that stack instructions use now. */
    long loadFromStack(long rsp, int sizeBytes);

    /** Writes through SS; of the stack pointer only the bits count that stack instructions use now. */
    void storeToStack(long rsp, int sizeBytes, long value);

    /** Reads as the processor itself does (descriptor tables): supervisor rights whatever the CPL. */
    long loadSystem(long linear, int sizeBytes);

    /** Writes as the processor itself does: supervisor rights whatever the CPL. */
    void storeSystem(long linear, int sizeBytes, long value);

    /**
     * Faults as a write of {@code sizeBytes} bytes (any number) at {@code segment:offset} would, and writes nothing: for
     * instructions that write several words, all or none.
     */
    void checkWrite(SegmentRegister segment, long offset, int sizeBytes);

    /** The processor model: which MSRs and which bits of control registers exist. */
    Processor processor();

    /** Instructions and REP iterations since the machine was loaded: the time-stamp counter without IA32_TSC_ADJUST. */
    long ticks();

    /**
     * Raises INT n, INT3, INTO or INT1: call it last and return. The loop delivers the event after the instruction, with
     * {@link #nextRip()} as saved RIP.
     */
    void raise(Event event);

    /**
     * To be called after each completed iteration of a repeated string instruction that is not the last one, when its
     * registers are up to date. Counts a tick.
     *
     * @return false if the step has to end here (TF, a due event, a limit): return at once; RIP stays at the instruction
     */
    boolean continueRepeating();

    /** IRET, IRETD or IRETQ as a whole, RIP included: call it and return. The operand size is 2, 4 or 8. */
    void interruptReturn(int operandSizeBytes);

    /**
     * Far CALL through the 64-bit call gate that this selector names, RIP included: call it and return. The selector is not
     * null and the first 8 bytes of its descriptor lie in the table and have the gate's type.
     */
    void callThroughGate(int selector);

    /** Far JMP through a 64-bit call gate, otherwise as {@link #callThroughGate}. */
    void jumpThroughGate(int selector);

    /** SYSCALL as a whole, its #UD included: call it and return. */
    void fastSystemCall();

    /** SYSRET as a whole, its #UD and #GP included: call it and return. The operand size is 4 or 8. */
    void fastSystemReturn(int operandSizeBytes);

    /** Drops the translation of the page that holds this address, as INVLPG does. The address may be non-canonical. */
    void invalidatePage(long linear);

    /** Drops one PCID's translation of a page, unless it is global. */
    void invalidatePage(int pcid, long linear);

    /** Drops one PCID's translations, and on demand the global ones, which belong to no PCID. */
    void flushPcid(int pcid, boolean globalToo);

    /** Another PCID is in use and nothing is dropped. */
    void switchContext();

    /** Drops the translations of all PCIDs: all, or all but the global ones. CR3 and CR4 themselves are set with {@code cpu().set(...)}. */
    void flushTlb(boolean globalToo);

    /** Loads the PDPTEs of PAE paging from the table at {@code cr3}; #GP(0) if one has reserved bits, and none is loaded. */
    void loadPageDirectoryPointers(long cr3);

    /** HLT: the processor stops after this instruction until an event wakes it. Privilege is checked by the instruction. */
    void halt();

    /** MONITOR: the next {@link #waitMonitored} waits. No other processor is there to write to the address. */
    void armMonitor();

    /**
     * MWAIT: as {@link #halt} if the monitor is armed, which it is no longer then; else nothing.
     *
     * @param evenIfMasked an external interrupt ends the wait, undelivered, even while RFLAGS.IF is 0
     */
    void waitMonitored(boolean evenIfMasked);

    /** No interrupts until after the next instruction: STI that set IF. */
    void shadowAfterSti();

    /** No interrupts, NMIs and debug traps until after the next instruction: MOV SS and POP SS. */
    void shadowAfterMovSs();

    /** The local APIC. */
    LocalApicAccess localApic();

    /** Reads an I/O port, 1, 2 or 4 bytes. Rights are checked by the instruction. */
    long readPort(int port, int sizeBytes);

    /** Writes an I/O port, 1, 2 or 4 bytes. Rights are checked by the instruction. */
    void writePort(int port, int sizeBytes, long value);
}
