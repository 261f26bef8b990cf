package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The source with the bytes it became: address, bytes, line number, line. Lines that a macro or a repetition made have a
 * {@code >} behind their number; the symbols follow at the end.
 */
public final class Listing {

    private static final int ROW_BYTES = 8;
    private static final int MAX_ROWS = 4;
    private static final String[] BINDINGS = {"local", "global", "weak"};
    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

    private final Assembly assembly;
    private final List<String> rows = new ArrayList<>();
    private final Map<String, Integer> lastLines = new HashMap<>();
    private String file = "";

    private Listing(Assembly assembly) {
        this.assembly = assembly;
    }

    /** The text, each line with its line end. */
    public static String of(Assembly assembly) {
        Listing listing = new Listing(assembly);
        listing.source();
        listing.symbols();
        return String.join("\n", listing.rows) + "\n";
    }

    private void source() {
        List<Assembly.Line> lines = assembly.lines();
        int i = 0;
        while (i < lines.size()) {
            int end = i + 1;
            while (end < lines.size() && continues(lines.get(end - 1), lines.get(end))) end++;
            print(lines.subList(i, end));
            i = end;
        }
        skipTo(assembly.fileName(), Integer.MAX_VALUE);
    }

    /** True for a later statement of the same line. */
    private static boolean continues(Assembly.Line line, Assembly.Line next) {
        return line.line() == next.line()
                && line.column() < next.column()
                && line.file().equals(next.file())
                && line.macro().equals(next.macro())
                && line.text().equals(next.text());
    }

    private void print(List<Assembly.Line> statements) {
        Assembly.Line first = statements.get(0);
        boolean written = first.macro().isEmpty() && first.line() > lastLines.getOrDefault(first.file(), 0);
        if (written) skipTo(first.file(), first.line());
        boolean shown = false;
        for (Assembly.Line statement : statements) {
            if (statement.bytes().length == 0) continue;
            bytes(statement, shown ? "" : source(first, written));
            shown = true;
        }
        if (!shown && written) row("", "", source(first, true));
    }

    /** Prints the lines that wrote nothing and made no statement: comments, bodies, what conditions leave out. */
    private void skipTo(String name, int line) {
        if (!name.equals(file)) {
            if (!file.isEmpty() || !name.equals(assembly.fileName())) rows.add("");
            rows.add(name + ":");
            file = name;
        }
        List<String> text = assembly.texts().getOrDefault(name, List.of());
        for (int i = lastLines.getOrDefault(name, 0) + 1; i < line && i <= text.size(); i++) {
            row("", "", String.format(Locale.ROOT, "%5d   %s", i, text.get(i - 1)));
        }
        lastLines.put(name, line);
    }

    private static String source(Assembly.Line line, boolean written) {
        return String.format(Locale.ROOT, "%5d %s %s", line.line(), written ? " " : ">", line.text());
    }

    private void bytes(Assembly.Line line, String source) {
        byte[] bytes = line.bytes();
        int rowCount = (bytes.length + ROW_BYTES - 1) / ROW_BYTES;
        for (int i = 0; i < Math.min(rowCount, MAX_ROWS); i++) {
            int from = i * ROW_BYTES;
            String hex = HEX.formatHex(bytes, from, Math.min(bytes.length, from + ROW_BYTES));
            row(address(line.linear() + from), hex, i == 0 ? source : "");
        }
        if (rowCount > MAX_ROWS) {
            row("", "... " + (bytes.length - MAX_ROWS * ROW_BYTES) + " more bytes", "");
        }
    }

    private static String address(long linear) {
        return String.format(Locale.ROOT, "0x%016x", linear);
    }

    private void row(String address, String bytes, String source) {
        rows.add(String.format(Locale.ROOT, "%-18s  %-23s  %s", address, bytes, source)
                .stripTrailing());
    }

    private void symbols() {
        rows.add("");
        rows.add("Symbols:");
        assembly.symbols().stream()
                .sorted(Comparator.comparing(Assembly.Symbol::value, Long::compareUnsigned)
                        .thenComparing(Assembly.Symbol::name))
                .forEach(symbol -> {
                    String section = symbol.section() == null ? "number" : symbol.section();
                    rows.add(String.format(
                                    Locale.ROOT,
                                    "%-18s  %-12s  %-6s  %s",
                                    address(symbol.value()),
                                    symbol.defined() ? section : "undefined",
                                    BINDINGS[symbol.binding()],
                                    symbol.name())
                            .stripTrailing());
                });
    }
}
