package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.api.TlbEntry;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.isa.SegmentRegister;
import dev.trapframe.emulator.memory.PhysicalMemory.Page;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr0;
import dev.trapframe.emulator.state.Rflags;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Memory as programs see it: linear addresses, translated through the TLB and the page tables, with the rights of who
 * asks. An access that crosses into a second page checks both before the first byte.
 *
 * <p>Checks in this order: canonical (#SS(0) through SS, else #GP(0)), alignment (#AC(0)), page by page (#PF).
 *
 * <p>In front of the TLB stands a table of plain pages: those that the current rights let read or write without any
 * check, side effect or watcher. It forgets everything when {@link CpuState#accessGeneration} moves.
 */
public final class LinearMemory {

    private static final long OFFSET = PhysicalMemory.PAGE_SIZE - 1;
    private static final long LINEAR_32 = 0xffff_ffffL;
    private static final int SLOT_BITS = 8;
    private static final int SLOTS = 1 << SLOT_BITS;
    /** 2 to the power of 64, divided by the golden ratio: spreads pages that stand at round addresses. */
    private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

    private static final long VALID = 1;

    private final CpuState cpu;
    private final PhysicalMemory memory;
    private final AccessRights rights;
    private final PageWalk walk;
    private final Tlb tlb;
    private final DataBreakpoints breakpoints;

    private final long[] readTags = new long[SLOTS];
    private final Page[] readPages = new Page[SLOTS];
    private final long[] writeTags = new long[SLOTS];
    private final Page[] writePages = new Page[SLOTS];
    private int generation;
    private int tlbGeneration;

    /**
     * @param processor decides how many bits physical addresses have
     */
    public LinearMemory(CpuState cpu, PhysicalMemory memory, Processor processor) {
        this.cpu = cpu;
        this.memory = memory;
        this.rights = new AccessRights(cpu);
        this.walk = new PageWalk(cpu, memory, rights, processor);
        this.tlb = new Tlb(cpu);
        this.breakpoints = new DataBreakpoints(cpu);
    }

    public PageWalk walk() {
        return walk;
    }

    public DataBreakpoints breakpoints() {
        return breakpoints;
    }

    /** Reads 1 to 8 bytes with the rights of the CPL. */
    public long read(SegmentRegister segment, long linear, int sizeBytes) {
        int slot = slot(linear);
        int offset = (int) (linear & OFFSET);
        if (readTags[slot] == (linear & ~OFFSET | VALID)
                && generation == cpu.accessGeneration()
                && offset <= PhysicalMemory.PAGE_SIZE - sizeBytes) {
            return LittleEndian.get(readPages[slot].bytes(), offset, sizeBytes);
        }
        Privilege privilege = Privilege.ofCpl(cpu.cpl());
        check(segment, linear, sizeBytes);
        return readChecked(linear, sizeBytes, privilege, Access.READ);
    }

    /** Reads like {@link #read} but asks for the right to write: the first half of a read-modify-write. */
    public long readForWrite(SegmentRegister segment, long linear, int sizeBytes) {
        int slot = slot(linear);
        int offset = (int) (linear & OFFSET);
        if (writeTags[slot] == (linear & ~OFFSET | VALID)
                && generation == cpu.accessGeneration()
                && offset <= PhysicalMemory.PAGE_SIZE - sizeBytes) {
            return LittleEndian.get(writePages[slot].bytes(), offset, sizeBytes);
        }
        check(segment, linear, sizeBytes);
        return readChecked(linear, sizeBytes, Privilege.ofCpl(cpu.cpl()), Access.WRITE);
    }

    /** Writes 1 to 8 bytes with the rights of the CPL. */
    public void write(SegmentRegister segment, long linear, int sizeBytes, long value) {
        int slot = slot(linear);
        int offset = (int) (linear & OFFSET);
        if (writeTags[slot] == (linear & ~OFFSET | VALID)
                && generation == cpu.accessGeneration()
                && offset <= PhysicalMemory.PAGE_SIZE - sizeBytes
                && writePages[slot].isPlain(offset, sizeBytes)) {
            Page page = writePages[slot];
            memory.write(page, PhysicalMemory.address(page) | offset, linear, sizeBytes, value);
            return;
        }
        writeAs(Privilege.ofCpl(cpu.cpl()), segment, linear, sizeBytes, value);
    }

    /**
     * Makes sure that {@link #plainToRead} and {@link #plainToWrite} know of the rights as they are now: to be called whenever
     * {@link CpuState#accessGeneration} may have moved.
     */
    public void settlePlainPages() {
        if (generation == cpu.accessGeneration()) return;
        forgetPlainPages();
        generation = cpu.accessGeneration();
    }

    /** The page's bytes if an access of this width may read them and nothing else has to happen; else null. */
    public byte @Nullable [] plainToRead(long linear, int sizeBytes) {
        int slot = slot(linear);
        boolean known = readTags[slot] == (linear & ~OFFSET | VALID)
                && (int) (linear & OFFSET) <= PhysicalMemory.PAGE_SIZE - sizeBytes;
        return known ? readPages[slot].bytes() : null;
    }

    /** The page's bytes if an access of this width may write them, nobody listens, and nothing else has to happen; else null. */
    public byte @Nullable [] plainToWrite(long linear, int sizeBytes) {
        int slot = slot(linear);
        boolean known = writeTags[slot] == (linear & ~OFFSET | VALID)
                && (int) (linear & OFFSET) <= PhysicalMemory.PAGE_SIZE - sizeBytes
                && writePages[slot].isPlain((int) (linear & OFFSET), sizeBytes);
        return known ? writePages[slot].bytes() : null;
    }

    /** Writes 1 to 8 bytes with the given rights: event delivery pushes with those of the new CPL. */
    public void writeAs(Privilege privilege, SegmentRegister segment, long linear, int sizeBytes, long value) {
        requireCanonical(segment, linear, sizeBytes);
        if (privilege == Privilege.USER) requireAligned(linear, sizeBytes);
        writeChecked(linear, sizeBytes, value, privilege);
    }

    /** Faults as a write of any number of bytes would; writes nothing. */
    public void checkWrite(SegmentRegister segment, long linear, int sizeBytes) {
        requireCanonical(segment, linear, sizeBytes);
        Privilege privilege = Privilege.ofCpl(cpu.cpl());
        long lastPage = linear + sizeBytes - 1 & ~OFFSET;
        translate(linear, Access.WRITE, privilege);
        for (long page = linear & ~OFFSET; page != lastPage; ) {
            page += PhysicalMemory.PAGE_SIZE;
            translate(page, Access.WRITE, privilege);
        }
    }

    /** Reads as the processor itself does; #GP(0) if not canonical. */
    public long readSystem(long linear, int sizeBytes) {
        requireCanonical(SegmentRegister.DS, linear, sizeBytes);
        return readChecked(linear, sizeBytes, Privilege.IMPLICIT_SUPERVISOR, Access.READ);
    }

    /** Writes as the processor itself does; #GP(0) if not canonical. */
    public void writeSystem(long linear, int sizeBytes, long value) {
        requireCanonical(SegmentRegister.DS, linear, sizeBytes);
        writeChecked(linear, sizeBytes, value, Privilege.IMPLICIT_SUPERVISOR);
    }

    /** Physical address of an instruction's byte, with the rights of the CPL; #GP(0) or #PF. */
    public long translateFetch(long linear) {
        if (!cpu.isCanonical(linear)) throw new Fault(ExceptionVector.GP);
        return translate(linear, Access.FETCH, Privilege.ofCpl(cpu.cpl()));
    }

    /** As {@link #translateFetch} if that asks no page table: the TLB has a translation that permits it; else -1. Changes nothing, and never faults. */
    public long knownFetch(long linear) {
        if (!cpu.isPaging()) return wrap(linear);
        TlbEntry known = cpu.isCanonical(linear) ? tlb.find(linear) : null;
        boolean permitted = known != null && rights.refusal(known, Access.FETCH, Privilege.ofCpl(cpu.cpl())) == null;
        return permitted ? known.physical() | linear & OFFSET : -1;
    }

    /** The physical address that the page tables now give, or without paging none else, rights and TLB aside. */
    public OptionalLong look(long linear) {
        return cpu.isPaging() ? walk.look(wrap(linear)) : OptionalLong.of(wrap(linear));
    }

    /**
     * Loads the page-directory-pointer-table entries of PAE paging into the processor.
     *
     * @throws Fault #GP(0) if one has reserved bits; then none is loaded
     */
    public void loadPageDirectoryPointers(long cr3) {
        walk.loadPageDirectoryPointers(cr3);
    }

    /** INVLPG. */
    public void invalidate(long linear) {
        tlb.invalidate(cpu.pcid(), linear);
        forgetPlainPages();
    }

    /** INVPCID for one address of one PCID: global translations stay. */
    public void invalidate(int pcid, long linear) {
        tlb.invalidateNotGlobal(pcid, linear);
        forgetPlainPages();
    }

    /** Drops the translations of one PCID; global ones, which belong to none, only if asked. */
    public void flushTlb(int pcid, boolean globalToo) {
        tlb.flush(pcid, globalToo);
        forgetPlainPages();
    }

    /** Drops the translations of all PCIDs, or all but the global ones. */
    public void flushTlb(boolean globalToo) {
        tlb.flush(globalToo);
        forgetPlainPages();
    }

    /** The translations in the TLB, oldest first. */
    public List<TlbEntry> tlb() {
        return tlb.entries();
    }

    /** Another context is in use: nothing is dropped from the TLB. */
    public void switchContext() {
        forgetPlainPages();
    }

    /** Puts a translation into the TLB that was found elsewhere, or takes it out. */
    public void replayTlb(TlbEntry entry, boolean inserted) {
        if (inserted) tlb.insert(entry);
        else tlb.remove(entry);
    }

    /** Grows whenever translations were dropped: who keeps one compares. */
    public int tlbGeneration() {
        return tlbGeneration;
    }

    private void check(SegmentRegister segment, long linear, int sizeBytes) {
        requireCanonical(segment, linear, sizeBytes);
        requireAligned(linear, sizeBytes);
    }

    private void requireAligned(long linear, int sizeBytes) {
        if ((linear & sizeBytes - 1) != 0 && checksAlignment()) throw new Fault(ExceptionVector.AC);
    }

    private void requireCanonical(SegmentRegister segment, long linear, int sizeBytes) {
        if (cpu.isCanonical(linear) && cpu.isCanonical(linear + sizeBytes - 1)) return;
        throw new Fault(segment == SegmentRegister.SS ? ExceptionVector.SS : ExceptionVector.GP);
    }

    private boolean checksAlignment() {
        return cpu.cpl() == 3 && cpu.flag(Rflags.AC) && (cpu.get(MachineRegister.CR0) & Cr0.AM) != 0;
    }

    private long readChecked(long linear, int sizeBytes, Privilege privilege, Access access) {
        long physical = translate(linear, access, privilege);
        int first = bytesInPage(linear, sizeBytes);
        long value;
        if (first == sizeBytes) {
            value = memory.read(physical, sizeBytes);
            keepPlain(linear, physical, privilege, access);
        } else {
            long second = translate(linear + first, access, privilege);
            value = memory.read(physical, first) | memory.read(second, sizeBytes - first) << 8 * first;
        }
        if (breakpoints.areEnabled()) breakpoints.accessed(linear, sizeBytes, false);
        return value;
    }

    private void writeChecked(long linear, int sizeBytes, long value, Privilege privilege) {
        long physical = translate(linear, Access.WRITE, privilege);
        int first = bytesInPage(linear, sizeBytes);
        if (first == sizeBytes) {
            memory.write(physical, linear, sizeBytes, value);
            keepPlain(linear, physical, privilege, Access.WRITE);
        } else {
            long second = translate(linear + first, Access.WRITE, privilege);
            memory.write(physical, linear, first, LittleEndian.truncate(value, first));
            memory.write(second, wrap(linear + first), sizeBytes - first, value >>> 8 * first);
        }
        if (breakpoints.areEnabled()) breakpoints.accessed(linear, sizeBytes, true);
    }

    private static int bytesInPage(long linear, int sizeBytes) {
        return Math.min(sizeBytes, PhysicalMemory.PAGE_SIZE - (int) (linear & OFFSET));
    }

    /** Outside of IA-32e mode linear addresses have 32 bits; what is beyond begins at 0 again. */
    private long wrap(long linear) {
        return cpu.inIa32eMode() ? linear : linear & LINEAR_32;
    }

    private long translate(long address, Access access, Privilege privilege) {
        long linear = wrap(address);
        if (!cpu.isPaging()) return linear;
        TlbEntry known = tlb.find(linear);
        if (known == null
                || access == Access.WRITE && !known.dirty()
                || rights.refusal(known, access, privilege) != null) {
            known = walkAgain(linear, access, privilege, known);
        }
        return known.physical() | linear & OFFSET;
    }

    /** A translation that does not permit the access is not the last word: the tables are. A #PF drops it. */
    private TlbEntry walkAgain(long linear, Access access, Privilege privilege, @Nullable TlbEntry known) {
        if (known != null) invalidate(linear);
        TlbEntry found = walk.walk(linear, access, privilege);
        if (tlb.insert(found)) forgetPlainPages();
        return found;
    }

    private void keepPlain(long linear, long physical, Privilege privilege, Access access) {
        if (privilege != Privilege.ofCpl(cpu.cpl()) || breakpoints.areEnabled() || checksAlignment()) return;
        if (generation != cpu.accessGeneration()) {
            forgetPlainPages();
            generation = cpu.accessGeneration();
        }
        Page page = memory.find(physical);
        if (page == null) return;
        int slot = slot(linear);
        readTags[slot] = linear & ~OFFSET | VALID;
        readPages[slot] = page;
        if (access != Access.WRITE) return;
        writeTags[slot] = linear & ~OFFSET | VALID;
        writePages[slot] = page;
    }

    private static int slot(long linear) {
        return (int) ((linear >>> PhysicalMemory.PAGE_SHIFT) * SPREAD >>> Long.SIZE - SLOT_BITS);
    }

    private void forgetPlainPages() {
        Arrays.fill(readTags, 0);
        Arrays.fill(writeTags, 0);
        tlbGeneration++;
    }
}
