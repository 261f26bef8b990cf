package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.MachineRegister;
import dev.trapframe.emulator.api.MicroOp;
import dev.trapframe.emulator.api.MicroOp.PagingEntry;
import dev.trapframe.emulator.api.Processor;
import dev.trapframe.emulator.api.Rule;
import dev.trapframe.emulator.api.TlbEntry;
import dev.trapframe.emulator.event.ExceptionVector;
import dev.trapframe.emulator.event.Fault;
import dev.trapframe.emulator.state.CpuState;
import dev.trapframe.emulator.state.Cr4;
import dev.trapframe.emulator.state.Efer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Walks the tables of the paging mode in use, decides about rights, sets accessed and dirty bits of granted accesses, and
 * forms the error code of refused ones. For a processor whose paging is on.
 *
 * <p>Source: Intel SDM Vol. 3A, "Paging Modes and Control Bits", "Access Rights", "Page-Fault Exceptions" and "Accessed
 * and Dirty Flags".
 */
public final class PageWalk {

    private static final int CODE_PRESENT = 1;
    private static final int CODE_WRITE = 1 << 1;
    private static final int CODE_USER = 1 << 2;
    private static final int CODE_RESERVED = 1 << 3;
    private static final int CODE_FETCH = 1 << 4;
    private static final int CODE_KEY = 1 << 5;

    private final CpuState cpu;
    private final PhysicalMemory memory;
    private final AccessRights rights;
    private final LongModePaging longMode;
    private final PaePaging pae;
    private final ThirtyTwoBitPaging thirtyTwoBit;

    /** The mode of the last walk, what it read, and where. */
    private PagingMode mode;

    private final long[] entryPhysical = new long[LongModePaging.LARGEST_TOP_LEVEL + 1];
    private final long[] entryValue = new long[LongModePaging.LARGEST_TOP_LEVEL + 1];
    private int topLevel;
    private int lastLevel;
    private Rule refusedBy = Rule.PAGE_PRESENT;
    private long refusedLinear;

    PageWalk(CpuState cpu, PhysicalMemory memory, AccessRights rights, Processor processor) {
        this.cpu = cpu;
        this.memory = memory;
        this.rights = rights;
        this.longMode = new LongModePaging(cpu, processor.physicalAddressBits());
        this.pae = new PaePaging(cpu, memory, processor.physicalAddressBits());
        this.thirtyTwoBit = new ThirtyTwoBitPaging(cpu, processor.physicalAddressBits());
        this.mode = longMode;
    }

    /**
     * Loads the entries that PAE paging keeps in the processor, as MOV to CR3 does.
     *
     * @throws Fault #GP(0) if one has reserved bits; then none is loaded
     */
    void loadPageDirectoryPointers(long cr3) {
        pae.load(cr3);
    }

    private PagingMode modeInUse() {
        if (cpu.inIa32eMode()) return longMode;
        return (cpu.get(MachineRegister.CR4) & Cr4.PAE) != 0 ? pae : thirtyTwoBit;
    }

    /**
     * Walks the tables for an access.
     *
     * @param linear canonical
     * @throws Fault #PF; {@link #refusedLinear} is then what CR2 has to become, {@link #refusal} tells why
     */
    TlbEntry walk(long linear, Access access, Privilege privilege) {
        Rule structure = descend(linear);
        markUsed(topLevel, lastLevel + 1, PagingMode.ACCESSED);
        if (structure == Rule.PAGE_PRESENT) throw refuse(linear, structure, errorCode(0, access, privilege));
        if (structure != null) {
            throw refuse(linear, structure, errorCode(CODE_PRESENT | CODE_RESERVED, access, privilege));
        }
        TlbEntry page = translation(linear);
        Rule rule = rights.refusal(page, access, privilege);
        if (rule != null) {
            int key = rights.refusedByKey(page, access, privilege) ? CODE_KEY : 0;
            throw refuse(linear, rule, errorCode(CODE_PRESENT | key, access, privilege));
        }
        long used = access == Access.WRITE ? PagingMode.ACCESSED | PagingMode.DIRTY : PagingMode.ACCESSED;
        markUsed(lastLevel, lastLevel, used);
        return access == Access.WRITE ? translation(linear) : page;
    }

    /** The physical address, rights aside; empty if no page is mapped. Changes nothing. */
    OptionalLong look(long linear) {
        if (!cpu.isCanonical(linear) || descend(linear) != null) return OptionalLong.empty();
        return OptionalLong.of(translation(linear).physical() | linear & PhysicalMemory.PAGE_SIZE - 1);
    }

    /** Reads entries down to the last level. Null if there is one; else what is wrong with the last entry read. */
    private @Nullable Rule descend(long linear) {
        mode = modeInUse();
        topLevel = mode.topLevel();
        lastLevel = topLevel + 1;
        long table = mode.topTable(linear);
        if (table == PagingMode.NO_TABLE) return Rule.PAGE_PRESENT;
        for (int level = topLevel; ; level--) {
            long physical = table + mode.entryOffset(level, linear);
            long value = memory.read(physical, mode.entrySizeBytes());
            lastLevel = level;
            entryPhysical[level] = physical;
            entryValue[level] = value;
            if ((value & PagingMode.PRESENT) == 0) return Rule.PAGE_PRESENT;
            if ((value & mode.reservedBits(level, value)) != 0) return Rule.PAGE_RESERVED_BITS;
            if (mode.mapsPage(level, value)) return null;
            table = mode.table(value);
        }
    }

    private TlbEntry translation(long linear) {
        long all = -1;
        long any = 0;
        for (int level = topLevel; level >= lastLevel; level--) {
            all &= entryValue[level];
            any |= entryValue[level];
        }
        long last = entryValue[lastLevel];
        long size = mode.pageSizeBytes(lastLevel);
        long pageLinear = linear & -PhysicalMemory.PAGE_SIZE;
        boolean global = (last & PagingMode.GLOBAL) != 0 && (cpu.get(MachineRegister.CR4) & Cr4.PGE) != 0;
        return new TlbEntry(
                cpu.pcid(),
                pageLinear,
                mode.page(lastLevel, last) | pageLinear & size - 1,
                (all & PagingMode.USER) != 0,
                (all & PagingMode.WRITABLE) != 0,
                (any & PagingMode.NO_EXECUTE) != 0,
                global,
                (last & PagingMode.DIRTY) != 0,
                mode.protectionKey(last),
                size);
    }

    /**
     * Sets A, or A and D, in the entries of some levels: A in every entry that leads to another table, whether the walk
     * ends well or not, and both in the last one if the access is granted. Both are in the first byte of the entry.
     */
    private void markUsed(int fromLevel, int toLevel, long bits) {
        for (int level = fromLevel; level >= toLevel; level--) {
            long value = entryValue[level];
            if ((value & bits) == bits) continue;
            entryValue[level] = value | bits;
            memory.write(entryPhysical[level], -1, 1, (value | bits) & 0xff);
        }
    }

    private int errorCode(int why, Access access, Privilege privilege) {
        int code = why;
        if (access == Access.WRITE) code |= CODE_WRITE;
        if (privilege == Privilege.USER) code |= CODE_USER;
        if (access == Access.FETCH && reportsFetches()) code |= CODE_FETCH;
        return code;
    }

    private boolean reportsFetches() {
        long cr4 = cpu.get(MachineRegister.CR4);
        boolean mayForbid = (cpu.get(MachineRegister.EFER) & Efer.NXE) != 0 && (cr4 & Cr4.PAE) != 0;
        return mayForbid || (cr4 & Cr4.SMEP) != 0;
    }

    private Fault refuse(long linear, Rule rule, int errorCode) {
        refusedLinear = linear;
        refusedBy = rule;
        return new Fault(ExceptionVector.PF, errorCode);
    }

    /** The address of the last refused access: what CR2 becomes when the #PF is raised. */
    public long refusedLinear() {
        return refusedLinear;
    }

    /** The last refused walk as a micro-op; valid until the next walk. */
    public MicroOp refusal() {
        List<PagingEntry> entries = new ArrayList<>();
        mode.root(refusedLinear).ifPresent(entries::add);
        for (int level = topLevel; level >= lastLevel; level--) {
            entries.add(new PagingEntry(level, entryPhysical[level], entryValue[level]));
        }
        return new MicroOp.PageWalkRefused(refusedLinear, entries, refusedBy);
    }
}
