package dev.trapframe.emulator.overlay;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Sizes of C's integer types; their alignment is their size.
 *
 * <p>Source: System V ABI, AMD64 Supplement, figure "Scalar Types"; the kernel's and the standard's short names.
 */
final class ScalarTypes {

    static final int POINTER_BYTES = 8;

    private static final Map<String, Integer> NAMED = named();
    private static final Set<String> WORDS = Set.of("unsigned", "signed", "char", "short", "int", "long");

    private ScalarTypes() {}

    /** The size of a type that has one name; empty if there is no such type. */
    static OptionalInt named(String name) {
        Integer size = NAMED.get(name);
        return size == null ? OptionalInt.empty() : OptionalInt.of(size);
    }

    /** True for the words that C puts together to name an integer type: {@code unsigned long int}. */
    static boolean isIntegerWord(String word) {
        return WORDS.contains(word);
    }

    /** The size of the type that such words name; empty if C has no such type. */
    static OptionalInt ofWords(List<String> words) {
        long longs = words.stream().filter("long"::equals).count();
        long shorts = words.stream().filter("short"::equals).count();
        long chars = words.stream().filter("char"::equals).count();
        long signs = words.stream().filter(word -> word.endsWith("signed")).count();
        long ints = words.stream().filter("int"::equals).count();
        boolean isNone = longs > 2
                || shorts > 1
                || chars > 1
                || signs > 1
                || ints > 1
                || (longs > 0 ? 1 : 0) + shorts + chars > 1
                || chars > 0 && ints > 0;
        if (isNone) return OptionalInt.empty();
        if (chars > 0) return OptionalInt.of(1);
        if (shorts > 0) return OptionalInt.of(2);
        return OptionalInt.of(longs > 0 ? 8 : 4);
    }

    /** Names of types, for messages. */
    static String names() {
        return String.join(" ", new TreeSet<>(NAMED.keySet()));
    }

    private static Map<String, Integer> named() {
        Map<String, Integer> sizes = new HashMap<>();
        sizes.put("bool", 1);
        sizes.put("_Bool", 1);
        for (int bytes = 1; bytes <= 8; bytes *= 2) {
            int bits = 8 * bytes;
            for (String name : List.of("u", "s", "__u", "__s")) sizes.put(name + bits, bytes);
            for (String name : List.of("uint", "int")) sizes.put(name + bits + "_t", bytes);
        }
        for (String name : List.of("size_t", "ssize_t", "uintptr_t", "intptr_t", "ptrdiff_t")) sizes.put(name, 8);
        return Map.copyOf(sizes);
    }
}
