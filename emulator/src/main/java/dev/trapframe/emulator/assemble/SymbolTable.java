package dev.trapframe.emulator.assemble;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** All symbols, numeric local labels among them under names that no source can write. */
final class SymbolTable {

    private static final String LOCAL_SEPARATOR = "\u0002";

    private final Map<String, Symbol> symbols = new LinkedHashMap<>();
    private final Map<Long, Integer> localCounts = new HashMap<>();

    Symbol get(String name) {
        Symbol symbol = symbols.get(name);
        if (symbol != null) return symbol;
        Symbol created = new Symbol(name);
        symbols.put(name, created);
        return created;
    }

    boolean isDefined(String name) {
        Symbol symbol = symbols.get(name);
        return symbol != null && (symbol.isDefined() || symbol.common() != null);
    }

    /** The symbol to give a value to: a new one if the name has a value, so that what was said with the old one stays. */
    Symbol toAssign(String name) {
        Symbol symbol = get(name);
        if (!symbol.isDefined()) return symbol;
        Symbol renewed = symbol.renewed();
        symbols.put(name, renewed);
        return renewed;
    }

    Collection<Symbol> all() {
        return symbols.values();
    }

    /** True for {@code 1:}. */
    static boolean isLocal(Symbol symbol) {
        return symbol.name().contains(LOCAL_SEPARATOR);
    }

    /** How the source writes it. */
    static String sourceName(Symbol symbol) {
        int end = symbol.name().indexOf(LOCAL_SEPARATOR);
        return end < 0 ? symbol.name() : symbol.name().substring(0, end) + "f";
    }

    /** The next label {@code number:}. */
    Symbol defineLocal(long number) {
        int count = localCounts.merge(number, 1, Integer::sum);
        return get(number + LOCAL_SEPARATOR + count);
    }

    /** {@code 1b}: the last one defined. */
    Symbol backward(long number, int column) {
        int count = localCounts.getOrDefault(number, 0);
        if (count == 0) throw new SourceError(column, "there is no label `" + number + ":` before this");
        return get(number + LOCAL_SEPARATOR + count);
    }

    /** {@code 1f}: the next one. */
    Symbol forward(long number) {
        return get(number + LOCAL_SEPARATOR + (localCounts.getOrDefault(number, 0) + 1));
    }
}
