package dev.trapframe.emulator.memory;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Translations that were used. They stay until the program invalidates them, even if the tables in memory have changed
 * since: that is what makes the TLB visible to a program. When it is full the oldest goes, as on a processor.
 *
 * <p>Source: Intel SDM Vol. 3A, "Caching Translation Information".
 */
final class Tlb {

    private static final int CAPACITY = 1536;

    private final LinkedHashMap<Long, Translation> byPage = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Translation> eldest) {
            return size() > CAPACITY;
        }
    };

    @Nullable
    Translation find(long linear) {
        return byPage.get(linear >>> PhysicalMemory.PAGE_SHIFT);
    }

    void insert(Translation translation) {
        byPage.put(translation.linear() >>> PhysicalMemory.PAGE_SHIFT, translation);
    }

    /** Drops the translation of the page, whatever its size, that holds this address; global or not. */
    void invalidate(long linear) {
        byPage.values().removeIf(translation -> translation.covers(linear));
    }

    /** Drops all translations, or all but the global ones. */
    void flush(boolean globalToo) {
        if (globalToo) byPage.clear();
        else byPage.values().removeIf(translation -> !translation.global());
    }
}
