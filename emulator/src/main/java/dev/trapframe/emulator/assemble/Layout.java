package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Gives fragments their sizes and sections their addresses, and puts the values in. */
final class Layout {

    private final Sections sections;
    private final SymbolTable symbols;
    private final AssemblerOptions options;
    private final Evaluator evaluator;
    private final List<AssemblyRun.LineMark> marks;
    private final List<Diagnostic> diagnostics = new ArrayList<>();

    Layout(
            Sections sections,
            SymbolTable symbols,
            AssemblerOptions options,
            Budget budget,
            List<AssemblyRun.LineMark> marks) {
        this.sections = sections;
        this.symbols = symbols;
        this.options = options;
        this.marks = marks;
        evaluator = new Evaluator(budget);
    }

    /** The sections that have bytes, with these bytes, in the order of the source. */
    Map<Section, byte[]> contents() {
        checkSymbols();
        stopOnErrors();
        new Relaxation(sections.all(), evaluator, options.maxOutputBytes(), this::report).run();
        stopOnErrors();
        placeSections();
        stopOnErrors();
        Map<Section, byte[]> contents = new LinkedHashMap<>();
        for (Section section : sections.all()) {
            if (!section.isEmpty()) contents.put(section, contents(section));
        }
        stopOnErrors();
        return contents;
    }

    Evaluator evaluator() {
        return evaluator;
    }

    private void stopOnErrors() {
        if (!diagnostics.isEmpty()) throw new AssemblyFailed(diagnostics);
    }

    private void report(Statement statement, SourceError error) {
        Diagnostic diagnostic = AssemblyRun.diagnostic(statement, error);
        if (diagnostics.size() < options.maxDiagnostics() && !diagnostics.contains(diagnostic)) {
            diagnostics.add(diagnostic);
        }
    }

    /** Every symbol that a value needs has to be there; each missing one is reported once. */
    private void checkSymbols() {
        Set<Symbol> reported = new HashSet<>();
        for (Section section : sections.all()) {
            for (Fragment fragment : section.fragments()) {
                if (fragment instanceof Fragment.Bytes bytes) {
                    bytes.fixups().forEach(fixup -> checkSymbols(fixup.value(), fixup.statement(), reported));
                } else {
                    for (Expression need : fragment.needs()) checkSymbols(need, fragment.statement(), reported);
                }
            }
        }
    }

    private void checkSymbols(Expression expression, Statement statement, Set<Symbol> reported) {
        if (expression instanceof Expression.Unary unary) checkSymbols(unary.operand(), statement, reported);
        if (expression instanceof Expression.Binary binary) {
            checkSymbols(binary.left(), statement, reported);
            checkSymbols(binary.right(), statement, reported);
        }
        if (!(expression instanceof Expression.Reference reference)) return;
        Symbol symbol = reference.symbol();
        if (symbol.isDefined() || symbol.isWeak() || !reported.add(symbol)) return;
        report(statement, undefined(symbol, statement));
    }

    private SourceError undefined(Symbol symbol, Statement statement) {
        String name = SymbolTable.sourceName(symbol);
        if (SymbolTable.isLocal(symbol)) {
            String number = name.substring(0, name.length() - 1);
            return new SourceError(
                    wordColumn(statement.text(), name), "there is no label `" + number + ":` after this");
        }
        Set<String> known = new TreeSet<>();
        for (Symbol other : symbols.all()) {
            if (other.isDefined() && !SymbolTable.isLocal(other)) known.add(other.name());
        }
        return new SourceError(
                wordColumn(statement.text(), name),
                "symbol `" + name + "` is not defined" + Suggestion.of(name, known));
    }

    /** Where a name stands by itself; the start of the statement if it came by way of another symbol. */
    private static int wordColumn(String text, String name) {
        for (int at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
            int end = at + name.length();
            boolean starts = at == 0 || !Scanner.isSymbolPart(text.charAt(at - 1)) || text.charAt(at - 1) == '$';
            if (starts && (end == text.length() || !Scanner.isSymbolPart(text.charAt(end)))) return at;
        }
        return SourceError.STATEMENT;
    }

    private void placeSections() {
        long total = 0;
        for (Section section : sections.all()) total += section.sizeBytes();
        for (Section section : inMemoryOrder()) {
            Long base = options.sectionBases().get(section.name());
            if (base != null) place(section, base);
            else if (options.flatOrigin() == null) noAddress(section);
        }
        if (options.flatOrigin() != null) placeFlat(options.flatOrigin());
        if (total > options.maxOutputBytes()) {
            diagnostics.add(new Diagnostic(
                    firstFile(), 1, 1, "the program has more than " + options.maxOutputBytes() + " bytes", List.of()));
        }
    }

    private String firstFile() {
        return marks.isEmpty() ? "" : marks.get(0).statement().origin().file();
    }

    /** Code, read-only data, data, zeroes; among these the order of the source. */
    private List<Section> inMemoryOrder() {
        List<Section> order = new ArrayList<>();
        for (Section section : sections.all()) {
            if (!section.isEmpty() && section.allocated()) order.add(section);
        }
        order.sort(Comparator.comparingInt(Layout::rank));
        return order;
    }

    private static int rank(Section section) {
        SectionFlags flags = section.flags();
        if (flags.noBits()) return 3;
        if (flags.executable()) return 0;
        return flags.writable() ? 2 : 1;
    }

    private void placeFlat(long origin) {
        long address = origin;
        for (Section section : inMemoryOrder()) {
            if (options.sectionBases().containsKey(section.name())) continue;
            long aligned = address == origin ? address : (address + section.alignment() - 1) & -section.alignment();
            place(section, aligned);
            address = aligned + section.sizeBytes();
        }
    }

    private void place(Section section, long base) {
        section.base(base);
        if ((base & section.alignment() - 1) == 0) return;
        report(
                section,
                "section `" + section.name() + "` is to start at 0x" + Long.toHexString(base)
                        + ", which is no multiple of its alignment, " + section.alignment());
    }

    private void noAddress(Section section) {
        Set<String> names = new TreeSet<>(options.sectionBases().keySet());
        report(
                section,
                "section `" + section.name() + "` has no address here; sections with one are: "
                        + String.join(" ", names));
    }

    /** At the first statement of the section. */
    private void report(Section section, String message) {
        for (AssemblyRun.LineMark mark : marks) {
            if (mark.start().section() != section || mark.isEmpty()) continue;
            report(mark.statement(), new SourceError(message));
            return;
        }
        diagnostics.add(new Diagnostic(firstFile(), 1, 1, message, List.of()));
    }

    private byte[] contents(Section section) {
        byte[] contents = new byte[(int) section.sizeBytes()];
        for (Fragment fragment : section.fragments()) {
            byte[] bytes = contents(fragment);
            if (fragment instanceof Fragment.Bytes data) data.fixups().forEach(fixup -> apply(fixup, data, bytes));
            System.arraycopy(bytes, 0, contents, (int) fragment.offset(), bytes.length);
        }
        if (section.flags().noBits()) checkZero(section, contents);
        return contents;
    }

    private byte[] contents(Fragment fragment) {
        try {
            return fragment.contents(evaluator);
        } catch (SourceError e) {
            report(fragment.statement(), e);
            return new byte[0];
        }
    }

    private void checkZero(Section section, byte[] contents) {
        for (int i = 0; i < contents.length; i++) {
            if (contents[i] == 0) continue;
            String message = "section `" + section.name() + "` holds zeroes only: its bytes are in no file";
            for (AssemblyRun.LineMark mark : marks) {
                boolean here = mark.start().section() == section
                        && mark.start().address() - section.base() <= i
                        && i < mark.end().address() - section.base();
                if (!here) continue;
                report(mark.statement(), new SourceError(message));
                return;
            }
        }
    }

    private void apply(Fixup fixup, Fragment fragment, byte[] bytes) {
        try {
            long value = evaluator.value(fixup.value());
            if (fixup.relativeTo() >= 0) value -= fragment.address() + fixup.relativeTo();
            String complaint = fixup.range().complaint(value, fixup.sizeBytes());
            // A linker takes addresses in 32 bits that are zero-extended as unsigned.
            boolean address = fixup.sizeBytes() == Integer.BYTES && value < 0;
            if (address && fixup.range() == Fixup.Range.ANY && evaluator.isPlace(fixup.value())) {
                complaint = Fixup.Range.UNSIGNED.complaint(value, fixup.sizeBytes());
            }
            if (complaint != null) {
                if (fixup.relativeTo() >= 0) complaint = "the target is too far: " + complaint;
                throw new SourceError(fixup.column(), complaint);
            }
            for (int i = 0; i < fixup.sizeBytes(); i++) bytes[fixup.offset() + i] = (byte) (value >>> Byte.SIZE * i);
        } catch (SourceError e) {
            report(
                    fixup.statement(),
                    e.column() == SourceError.STATEMENT ? new SourceError(fixup.column(), e.getMessage()) : e);
        }
    }
}
