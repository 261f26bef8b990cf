package dev.trapframe.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Compares trace lines by the rules of the recorded traces' FORMAT.md, "Comparing". */
final class TraceLineComparison {

    private static final List<String> REGISTERS = List.of(
            "at",
            "rax",
            "rbx",
            "rcx",
            "rdx",
            "rsi",
            "rdi",
            "rbp",
            "rsp",
            "r8",
            "r9",
            "r10",
            "r11",
            "r12",
            "r13",
            "r14",
            "r15",
            "rip",
            "rflags",
            "cs",
            "ss",
            "ds",
            "es",
            "fs",
            "gs",
            "fs_base",
            "gs_base",
            "k_gs_base",
            "cr0",
            "cr2",
            "cr3",
            "cr4",
            "cr8",
            "efer",
            "cpl");

    private TraceLineComparison() {}

    static List<String> differences(List<JsonNode> reference, List<JsonNode> actual) {
        List<String> result = new ArrayList<>();
        if (reference.size() != actual.size()) result.add(reference.size() + " lines, ours " + actual.size());
        for (int i = 0; i < Math.min(reference.size(), actual.size()) - 1 && result.isEmpty(); i++) {
            String step = "step " + (i + 1) + ": ";
            for (String text : differences(reference.get(i), actual.get(i))) result.add(step + text);
        }
        return result;
    }

    private static List<String> differences(JsonNode reference, JsonNode actual) {
        List<String> result = new ArrayList<>();
        List<String> ignored = new ArrayList<>();
        reference.path("ign").forEach(name -> ignored.add(name.textValue()));
        for (String key : REGISTERS) {
            if (!reference.has(key) || ignored.contains(key)) continue;
            long mask = key.equals("rflags") && reference.has("fundef") ? ~number(reference.get("fundef")) : -1;
            if ((number(reference.get(key)) & mask) == (number(actual.get(key)) & mask)) continue;
            result.add(key + " is " + reference.get(key) + ", ours " + actual.get(key));
        }
        if (!event(reference).equals(event(actual))) result.add(event(reference) + ", ours " + event(actual));
        Map<Long, Integer> mask = new TreeMap<>();
        reference
                .path("mign")
                .forEach(pair -> mask.merge(number(pair.get(0)), (int) number(pair.get(1)), (a, b) -> a | b));
        SortedMap<Long, Integer> expected = written(reference, mask);
        SortedMap<Long, Integer> ours = written(actual, mask);
        if (mask.isEmpty() && !expected.equals(ours)) result.add("memory " + expected + ", ours " + ours);
        mask.keySet().forEach(expected::remove);
        mask.keySet().forEach(ours::remove);
        if (!expected.equals(ours)) result.add("memory " + expected + ", ours " + ours);
        return result;
    }

    private static String event(JsonNode line) {
        if (!line.has("ev")) return "no event";
        JsonNode last = line.get("ev").get(line.get("ev").size() - 1);
        return "event " + last.get(0) + " " + last.get(1);
    }

    private static SortedMap<Long, Integer> written(JsonNode line, Map<Long, Integer> mask) {
        SortedMap<Long, Integer> result = new TreeMap<>();
        for (String key : List.of("mem", "ad")) {
            for (JsonNode change : line.path(key)) {
                String before = change.get(1).textValue();
                String after = change.get(2).textValue();
                for (int i = 0; i < after.length(); i += 2) {
                    if (before.regionMatches(i, after, i, 2)) continue;
                    long address = number(change.get(0)) + i / 2;
                    result.put(address, Integer.parseInt(after, i, i + 2, 16) & ~mask.getOrDefault(address, 0));
                }
            }
        }
        return result;
    }

    private static long number(JsonNode value) {
        return value.isTextual() ? Long.parseUnsignedLong(value.textValue(), 16) : value.longValue();
    }
}
