package dev.trapframe.emulator.memory;

import dev.trapframe.emulator.api.TlbEntry;
import dev.trapframe.emulator.state.CpuState;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Translations that were used. They stay until the program invalidates them, even if the tables in memory have changed
 * since: that is what makes the TLB visible to a program. When it is full the oldest goes, as on a processor.
 *
 * <p>There are no paging-structure caches: every walk reads all levels from memory, which the manual permits.
 *
 * <p>Source: Intel SDM Vol. 3A, "Caching Translation Information" and "Process-Context Identifiers (PCIDs)".
 */
final class Tlb {

    static final int CAPACITY = 1536;

    /** Page numbers have 45 bits at the most; the context stands above them. */
    private static final int PAGE_NUMBER_BITS = 45;

    private static final long GLOBAL_CONTEXT = 0x1000;

    private final CpuState cpu;
    private final LinkedHashMap<Long, TlbEntry> entries = new LinkedHashMap<>();

    Tlb(CpuState cpu) {
        this.cpu = cpu;
    }

    private static Long key(long context, long linear) {
        long number = linear >>> PhysicalMemory.PAGE_SHIFT & (1L << PAGE_NUMBER_BITS) - 1;
        return number | context << PAGE_NUMBER_BITS;
    }

    private static Long key(TlbEntry entry) {
        return key(entry.global() ? GLOBAL_CONTEXT : entry.pcid(), entry.linear());
    }

    /** The translation of the PCID in use, or a global one. */
    @Nullable
    TlbEntry find(long linear) {
        TlbEntry own = entries.get(key(cpu.pcid(), linear));
        return own != null ? own : entries.get(key(GLOBAL_CONTEXT, linear));
    }

    /** True if an older translation had to go. */
    boolean insert(TlbEntry entry) {
        TlbEntry replaced = entries.remove(key(entry));
        if (replaced != null) cpu.sink().tlbChanged(replaced, false);
        entries.put(key(entry), entry);
        cpu.sink().tlbChanged(entry, true);
        if (entries.size() <= CAPACITY) return false;
        Iterator<TlbEntry> oldest = entries.values().iterator();
        cpu.sink().tlbChanged(oldest.next(), false);
        oldest.remove();
        return true;
    }

    /** Takes out one translation, for those who replay changes. */
    void remove(TlbEntry entry) {
        entries.remove(key(entry));
    }

    /** Drops the translations of the page, whatever its size, that holds this address: the PCID's, and global ones. */
    void invalidate(int pcid, long linear) {
        dropIf(entry -> (entry.global() || entry.pcid() == pcid) && entry.covers(linear));
    }

    /** INVPCID for one address: global translations stay. */
    void invalidateNotGlobal(int pcid, long linear) {
        dropIf(entry -> !entry.global() && entry.pcid() == pcid && entry.covers(linear));
    }

    /** Drops a PCID's translations; global ones belong to none and stay unless asked for. */
    void flush(int pcid, boolean globalToo) {
        dropIf(entry -> entry.global() ? globalToo : entry.pcid() == pcid);
    }

    /** Drops all PCIDs' translations, or all but the global ones. */
    void flush(boolean globalToo) {
        dropIf(entry -> globalToo || !entry.global());
    }

    private void dropIf(Predicate<TlbEntry> condition) {
        for (Iterator<TlbEntry> all = entries.values().iterator(); all.hasNext(); ) {
            TlbEntry entry = all.next();
            if (!condition.test(entry)) continue;
            all.remove();
            cpu.sink().tlbChanged(entry, false);
        }
    }

    /** All translations, oldest first. */
    List<TlbEntry> entries() {
        return new ArrayList<>(entries.values());
    }
}
