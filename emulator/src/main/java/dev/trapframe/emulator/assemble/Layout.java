package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.api.Program;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Gives fragments their addresses, lets jumps grow until all reach, and puts the values in. */
final class Layout {

    private static final String KEPT_PREFIX = ".trapframe";
    private static final int MAX_ROUNDS = 10_000;

    private final Sections sections;
    private final SymbolTable symbols;
    private final AssemblerOptions options;
    private final List<AssemblyRun.LineMark> marks;
    private final List<Diagnostic> diagnostics = new ArrayList<>();

    Layout(Sections sections, SymbolTable symbols, AssemblerOptions options, List<AssemblyRun.LineMark> marks) {
        this.sections = sections;
        this.symbols = symbols;
        this.options = options;
        this.marks = marks;
    }

    Program program() {
        checkSymbols();
        stopOnErrors();
        placeSections();
        stopOnErrors();
        relax();
        stopOnErrors();
        List<Program.Section> output = sections();
        SortedMap<String, Long> values = symbolValues();
        stopOnErrors();
        return new Program(output, values, lines());
    }

    private void stopOnErrors() {
        if (!diagnostics.isEmpty()) throw new AssemblyFailed(diagnostics);
    }

    /** Every symbol that a fixup needs has to be there; each missing one is reported once. */
    private void checkSymbols() {
        Set<String> reported = new HashSet<>();
        for (Section section : sections.all()) {
            for (Fragment fragment : section.fragments()) {
                if (fragment instanceof Fragment.Bytes bytes) {
                    bytes.fixups().forEach(fixup -> checkSymbols(fixup.value(), fixup.statement(), reported));
                } else if (fragment instanceof Fragment.Jump jump) {
                    checkSymbols(jump.target(), jump.statement(), reported);
                } else if (fragment instanceof Fragment.Space space) {
                    checkSymbols(space.extent(), space.statement(), reported);
                }
            }
        }
    }

    private void checkSymbols(Expression expression, Statement statement, Set<String> reported) {
        if (expression instanceof Expression.Unary unary) checkSymbols(unary.operand(), statement, reported);
        if (expression instanceof Expression.Binary binary) {
            checkSymbols(binary.left(), statement, reported);
            checkSymbols(binary.right(), statement, reported);
        }
        if (!(expression instanceof Expression.Reference reference)) return;
        Symbol symbol = reference.symbol();
        if (symbol.isDefined() || !reported.add(symbol.name())) return;
        String name = SymbolTable.sourceName(symbol);
        Set<String> known = new TreeSet<>();
        for (Symbol other : symbols.all()) {
            if (other.isDefined() && !SymbolTable.isLocal(other)) known.add(other.name());
        }
        int column = Math.max(0, statement.text().indexOf(name));
        diagnostics.add(AssemblyRun.diagnostic(
                statement,
                new SourceError(column, "symbol `" + name + "` is not defined" + Suggestion.of(name, known))));
    }

    private void placeSections() {
        for (Section section : sections.all()) {
            if (section.isEmpty() || !section.allocated()) continue;
            Long base = options.sectionBases().get(section.name());
            if (base != null) section.base(base);
            else {
                Set<String> names = new TreeSet<>(options.sectionBases().keySet());
                report(
                        section,
                        "section `" + section.name() + "` has no address here; sections with one are: "
                                + String.join(" ", names));
            }
        }
    }

    /** At the first statement of the section. */
    private void report(Section section, String message) {
        for (AssemblyRun.LineMark mark : marks) {
            if (mark.location().section() != section) continue;
            diagnostics.add(AssemblyRun.diagnostic(mark.statement(), new SourceError(message)));
            return;
        }
        diagnostics.add(new Diagnostic("", 1, 1, message, List.of()));
    }

    /** Jumps only grow, so this ends. */
    private void relax() {
        boolean grown = true;
        for (int round = 0; grown && round < MAX_ROUNDS && diagnostics.isEmpty(); round++) {
            placeFragments();
            grown = false;
            for (Section section : sections.all()) {
                for (Fragment fragment : section.fragments()) grown |= guarded(fragment, fragment::relax, false);
            }
        }
    }

    /** Sizes depend on addresses and addresses on sizes: twice settles what jumps have not changed. */
    private void placeFragments() {
        for (int pass = 0; pass < 2; pass++) {
            for (Section section : sections.all()) {
                long address = section.base();
                for (Fragment fragment : section.fragments()) {
                    fragment.place(address);
                    address += guarded(fragment, fragment::size, 0);
                    if (address - section.base() > options.maxOutputBytes()) {
                        report(
                                section,
                                "section `" + section.name() + "` has more than " + options.maxOutputBytes()
                                        + " bytes");
                        return;
                    }
                }
            }
        }
    }

    private interface Computation<T> {
        T compute();
    }

    private <T> T guarded(Fragment fragment, Computation<T> computation, T otherwise) {
        try {
            return computation.compute();
        } catch (SourceError e) {
            Statement statement =
                    fragment instanceof Fragment.Jump jump ? jump.statement() : ((Fragment.Space) fragment).statement();
            Diagnostic diagnostic = AssemblyRun.diagnostic(statement, e);
            if (!diagnostics.contains(diagnostic)) diagnostics.add(diagnostic);
            return otherwise;
        }
    }

    private List<Program.Section> sections() {
        List<Program.Section> output = new ArrayList<>();
        for (Section section : sections.all()) {
            boolean kept = section.allocated() || section.name().startsWith(KEPT_PREFIX);
            if (section.isEmpty() || !kept) continue;
            output.add(new Program.Section(
                    section.name(),
                    section.base(),
                    contents(section),
                    section.allocated(),
                    section.writable(),
                    section.executable()));
        }
        output.sort(Comparator.comparing(Program.Section::linear, Long::compareUnsigned));
        checkOverlap(output);
        return output;
    }

    private byte[] contents(Section section) {
        Fragment last = section.fragments().get(section.fragments().size() - 1);
        byte[] contents = new byte[(int) (last.address() + last.size() - section.base())];
        for (Fragment fragment : section.fragments()) {
            byte[] bytes = guarded(fragment, fragment::contents, new byte[0]);
            if (fragment instanceof Fragment.Bytes data) data.fixups().forEach(fixup -> apply(fixup, data, bytes));
            System.arraycopy(bytes, 0, contents, (int) (fragment.address() - section.base()), bytes.length);
        }
        return contents;
    }

    private void apply(Fixup fixup, Fragment fragment, byte[] bytes) {
        try {
            long value = Arithmetic.value(fixup.value());
            if (fixup.relativeTo() >= 0) value -= fragment.address() + fixup.relativeTo();
            String complaint = fixup.range().complaint(value, fixup.sizeBytes());
            if (complaint != null) throw new SourceError(complaint);
            for (int i = 0; i < fixup.sizeBytes(); i++) bytes[fixup.offset() + i] = (byte) (value >>> Byte.SIZE * i);
        } catch (SourceError e) {
            diagnostics.add(AssemblyRun.diagnostic(fixup.statement(), e));
        }
    }

    private void checkOverlap(List<Program.Section> output) {
        Program.Section before = null;
        for (Program.Section section : output) {
            if (!section.loaded()) continue;
            if (before != null && Long.compareUnsigned(before.linear() + before.bytes().length, section.linear()) > 0) {
                diagnostics.add(new Diagnostic(
                        "",
                        1,
                        1,
                        "section `" + before.name() + "` is too long: it reaches into `" + section.name() + "`",
                        List.of()));
            }
            before = section;
        }
    }

    private SortedMap<String, Long> symbolValues() {
        SortedMap<String, Long> values = new TreeMap<>();
        for (Symbol symbol : symbols.all()) {
            Expression value = symbol.value();
            if (value == null || SymbolTable.isLocal(symbol)) continue;
            try {
                values.put(symbol.name(), Arithmetic.value(value));
            } catch (SourceError e) {
                diagnostics.add(
                        new Diagnostic("", 1, 1, "symbol `" + symbol.name() + "`: " + e.getMessage(), List.of()));
            }
        }
        return values;
    }

    private SortedMap<Long, Program.SourceLine> lines() {
        Map<Long, Program.SourceLine> lines = new LinkedHashMap<>();
        for (AssemblyRun.LineMark mark : marks) {
            if (mark.location().section().allocated()) {
                lines.put(mark.location().address(), mark.statement().origin().sourceLine());
            }
        }
        return new TreeMap<>(lines);
    }
}
