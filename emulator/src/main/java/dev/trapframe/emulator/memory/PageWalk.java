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
 * 4-level and 5-level paging: walks the tables, decides about rights, sets accessed and dirty bits of granted accesses, and forms the
 * error code of refused ones.
 *
 * <p>Source: Intel SDM Vol. 3A, "4-Level Paging and 5-Level Paging", "Access Rights", "Page-Fault Exceptions" and
 * "Accessed and Dirty Flags".
 */
public final class PageWalk {

    static final long PRESENT = 1;
    static final long WRITABLE = 1 << 1;
    static final long USER = 1 << 2;
    static final long ACCESSED = 1 << 5;
    static final long DIRTY = 1 << 6;
    static final long PAGE_SIZE = 1 << 7;
    static final long GLOBAL = 1 << 8;
    static final long NO_EXECUTE = 1L << 63;
    static final int KEY_SHIFT = 59;

    private static final int LARGEST_TOP_LEVEL = 5;
    /** Below this level an entry may map a page: 1 GiB at 3, 2 MiB at 2. */
    private static final int LOWEST_TABLE_ONLY_LEVEL = 4;

    private static final int ADDRESS_BITS_OF_ENTRY = 52;

    private static final int CODE_PRESENT = 1;
    private static final int CODE_WRITE = 1 << 1;
    private static final int CODE_USER = 1 << 2;
    private static final int CODE_RESERVED = 1 << 3;
    private static final int CODE_FETCH = 1 << 4;
    private static final int CODE_KEY = 1 << 5;

    private final CpuState cpu;
    private final PhysicalMemory memory;
    private final AccessRights rights;
    private final long addressMask;
    private final long reservedAddress;

    private final long[] entryPhysical = new long[LARGEST_TOP_LEVEL + 1];
    private final long[] entryValue = new long[LARGEST_TOP_LEVEL + 1];
    private int topLevel;
    private int lastLevel;
    private Rule refusedBy = Rule.PAGE_PRESENT;
    private long refusedLinear;

    PageWalk(CpuState cpu, PhysicalMemory memory, AccessRights rights, Processor processor) {
        this.cpu = cpu;
        this.memory = memory;
        this.rights = rights;
        long implemented = (1L << processor.physicalAddressBits()) - 1;
        this.addressMask = implemented & -PhysicalMemory.PAGE_SIZE;
        this.reservedAddress = (1L << ADDRESS_BITS_OF_ENTRY) - 1 & ~implemented;
    }

    /**
     * Walks the tables for an access.
     *
     * @param linear canonical
     * @throws Fault #PF; {@link #refusedLinear} is then what CR2 has to become, {@link #refusal} tells why
     */
    TlbEntry walk(long linear, Access access, Privilege privilege) {
        Rule structure = descend(linear);
        markUsed(topLevel, lastLevel + 1, ACCESSED);
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
        markUsed(lastLevel, lastLevel, access == Access.WRITE ? ACCESSED | DIRTY : ACCESSED);
        return access == Access.WRITE ? translation(linear) : page;
    }

    /** The physical address, rights aside; empty if no page is mapped. Changes nothing. */
    OptionalLong look(long linear) {
        if (!cpu.isCanonical(linear) || descend(linear) != null) return OptionalLong.empty();
        return OptionalLong.of(translation(linear).physical() | linear & PhysicalMemory.PAGE_SIZE - 1);
    }

    /** Reads entries down to the last level. Null if there is one; else what is wrong with the last entry read. */
    private @Nullable Rule descend(long linear) {
        boolean fiveLevels = (cpu.get(MachineRegister.CR4) & Cr4.LA57) != 0;
        topLevel = fiveLevels ? LARGEST_TOP_LEVEL : LOWEST_TABLE_ONLY_LEVEL;
        long table = cpu.get(MachineRegister.CR3) & addressMask;
        for (int level = topLevel; ; level--) {
            long physical = table + (linear >>> 9 * level & 0xff8);
            long value = memory.read(physical, Long.BYTES);
            lastLevel = level;
            entryPhysical[level] = physical;
            entryValue[level] = value;
            if ((value & PRESENT) == 0) return Rule.PAGE_PRESENT;
            if ((value & reservedBits(level, value)) != 0) return Rule.PAGE_RESERVED_BITS;
            if (level == 1 || (value & PAGE_SIZE) != 0) return null;
            table = value & addressMask;
        }
    }

    private long reservedBits(int level, long value) {
        long reserved = reservedAddress;
        if ((cpu.get(MachineRegister.EFER) & Efer.NXE) == 0) reserved |= NO_EXECUTE;
        if (level >= LOWEST_TABLE_ONLY_LEVEL) return reserved | PAGE_SIZE;
        // At level 1 the bit is PAT, and a page of 4 KiB has no address bits that would be reserved.
        boolean large = (value & PAGE_SIZE) != 0;
        return large ? reserved | pageSize(level) - 1 & -(2L * PhysicalMemory.PAGE_SIZE) : reserved;
    }

    private static long pageSize(int level) {
        return 1L << 3 + 9 * level;
    }

    private TlbEntry translation(long linear) {
        long all = -1;
        long any = 0;
        for (int level = topLevel; level >= lastLevel; level--) {
            all &= entryValue[level];
            any |= entryValue[level];
        }
        long last = entryValue[lastLevel];
        long size = pageSize(lastLevel);
        long pageLinear = linear & -PhysicalMemory.PAGE_SIZE;
        long physical = last & addressMask & -size | pageLinear & size - 1;
        boolean global = (last & GLOBAL) != 0 && (cpu.get(MachineRegister.CR4) & Cr4.PGE) != 0;
        return new TlbEntry(
                cpu.pcid(),
                pageLinear,
                physical,
                (all & USER) != 0,
                (all & WRITABLE) != 0,
                (any & NO_EXECUTE) != 0,
                global,
                (last & DIRTY) != 0,
                (int) (last >>> KEY_SHIFT) & 0xf,
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
        return (cpu.get(MachineRegister.EFER) & Efer.NXE) != 0 || (cpu.get(MachineRegister.CR4) & Cr4.SMEP) != 0;
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
        for (int level = topLevel; level >= lastLevel; level--) {
            entries.add(new PagingEntry(level, entryPhysical[level], entryValue[level]));
        }
        return new MicroOp.PageWalkRefused(refusedLinear, entries, refusedBy);
    }
}
