package dev.trapframe.emulator.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trapframe.emulator.api.Change;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The bytes of physical memory that a step changed: those of a page walk's accessed and dirty bits apart from the others. */
final class MemoryBytes {

    private static final long TABLES_START = 0x110000;
    private static final long TABLES_END = 0x11a000;
    private static final int ACCESSED_AND_DIRTY = 0x60;

    private final SortedMap<Long, int[]> beforeAndAfter = new TreeMap<>();

    static MemoryBytes ofReference(JsonNode line) {
        MemoryBytes bytes = new MemoryBytes();
        for (String key : List.of("mem", "ad")) {
            if (!line.has(key)) continue;
            for (JsonNode range : line.get(key)) bytes.addRange(range);
        }
        return bytes;
    }

    private void addRange(JsonNode range) {
        long physical = StateFile.hex(range.get(0));
        byte[] before = HexFormat.of().parseHex(range.get(1).textValue());
        byte[] after = HexFormat.of().parseHex(range.get(2).textValue());
        for (int i = 0; i < before.length; i++) add(physical + i, before[i], after[i]);
    }

    static MemoryBytes ofChanges(List<Change> changes) {
        MemoryBytes bytes = new MemoryBytes();
        for (Change change : changes) {
            if (!(change instanceof Change.MemoryChange memory)) continue;
            for (int i = 0; i < memory.sizeBytes(); i++) {
                bytes.add(memory.physical() + i, (byte) (memory.before() >>> 8 * i), (byte) (memory.after() >>> 8 * i));
            }
        }
        return bytes;
    }

    /** Several changes of one byte in a step are one. */
    private void add(long physical, byte before, byte after) {
        int[] known = beforeAndAfter.computeIfAbsent(physical, address -> new int[] {before & 0xff, 0});
        known[1] = after & 0xff;
    }

    /** New values of the bytes that are no accessed or dirty bits, those to ignore cleared. */
    SortedMap<Long, Integer> written(Map<Long, Integer> ignoredBits) {
        SortedMap<Long, Integer> result = new TreeMap<>();
        beforeAndAfter.forEach((address, values) -> {
            if (values[0] == values[1] || isAccessedOrDirty(address, values)) return;
            result.put(address, values[1] & ~ignoredBits.getOrDefault(address, 0));
        });
        return result;
    }

    SortedMap<Long, Integer> accessedAndDirty() {
        SortedMap<Long, Integer> result = new TreeMap<>();
        beforeAndAfter.forEach((address, values) -> {
            if (values[0] != values[1] && isAccessedOrDirty(address, values)) result.put(address, values[1]);
        });
        return result;
    }

    private static boolean isAccessedOrDirty(long address, int[] values) {
        boolean firstByteOfEntry = address >= TABLES_START && address < TABLES_END && address % 8 == 0;
        return firstByteOfEntry
                && ((values[0] ^ values[1]) & ~ACCESSED_AND_DIRTY) == 0
                && (values[0] & ~values[1]) == 0;
    }

    static String text(SortedMap<Long, Integer> bytes) {
        return bytes.entrySet().stream()
                .map(entry -> String.format("%x:%02x", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(" ", "[", "]"));
    }
}
