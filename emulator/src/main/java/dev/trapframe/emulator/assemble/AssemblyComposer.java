package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.api.Program;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Makes an {@link Assembly} of what layout has found. */
final class AssemblyComposer {

    private static final String KEPT_PREFIX = ".trapframe";
    private static final String LOCAL_PREFIX = ".L";

    private final String fileName;
    private final Map<Section, byte[]> contents;
    private final SymbolTable symbols;
    private final Evaluator evaluator;
    private final List<AssemblyRun.LineMark> marks;
    private final List<Diagnostic> warnings;
    private final Map<String, List<String>> texts;
    private final List<Diagnostic> diagnostics = new ArrayList<>();

    AssemblyComposer(
            String fileName,
            Map<Section, byte[]> contents,
            SymbolTable symbols,
            Evaluator evaluator,
            List<AssemblyRun.LineMark> marks,
            List<Diagnostic> warnings,
            Map<String, List<String>> texts) {
        this.fileName = fileName;
        this.contents = contents;
        this.symbols = symbols;
        this.evaluator = evaluator;
        this.marks = marks;
        this.warnings = warnings;
        this.texts = texts;
    }

    /** @throws AssemblyFailed if symbols have no value, or sections overlap */
    Assembly assembly() {
        List<Assembly.Symbol> all = assemblySymbols();
        return new Assembly(fileName, program(), sections(), all, lines(), texts, warnings);
    }

    /** @throws AssemblyFailed as {@link #assembly} does */
    Program program() {
        List<Program.Section> loaded = programSections();
        SortedMap<String, Long> values = symbolValues();
        if (!diagnostics.isEmpty()) throw new AssemblyFailed(diagnostics);
        return new Program(loaded, values, sourceMap());
    }

    private List<Program.Section> programSections() {
        List<Program.Section> output = new ArrayList<>();
        contents.forEach((section, bytes) -> {
            SectionFlags flags = section.flags();
            if (!flags.allocated() && !section.name().startsWith(KEPT_PREFIX)) return;
            output.add(new Program.Section(
                    section.name(), section.base(), bytes, flags.allocated(), flags.writable(), flags.executable()));
        });
        output.sort(Comparator.comparing(Program.Section::linear, Long::compareUnsigned));
        checkOverlap(output);
        return output;
    }

    private void checkOverlap(List<Program.Section> output) {
        Program.Section before = null;
        for (Program.Section section : output) {
            if (!section.loaded()) continue;
            if (before != null && Long.compareUnsigned(before.linear() + before.bytes().length, section.linear()) > 0) {
                String message =
                        "section `" + before.name() + "` is too long: it reaches into `" + section.name() + "`";
                diagnostics.add(new Diagnostic(fileName, 1, 1, message, List.of()));
            }
            before = section;
        }
    }

    private List<Assembly.Section> sections() {
        List<Assembly.Section> output = new ArrayList<>();
        contents.forEach((section, bytes) -> {
            SectionFlags flags = section.flags();
            output.add(new Assembly.Section(
                    section.name(),
                    section.base(),
                    bytes,
                    flags.allocated(),
                    flags.writable(),
                    flags.executable(),
                    flags.noBits(),
                    flags.strings(),
                    flags.entryBytes(),
                    section.alignment()));
        });
        return output;
    }

    private List<Assembly.Symbol> assemblySymbols() {
        List<Assembly.Symbol> output = new ArrayList<>();
        for (Symbol symbol : symbols.all()) {
            if (SymbolTable.isLocal(symbol) || symbol.name().startsWith(LOCAL_PREFIX)) continue;
            if (!symbol.isDefined() && !symbol.isWeak()) continue;
            try {
                output.add(assemblySymbol(symbol));
            } catch (SourceError e) {
                report(symbol, e);
            }
        }
        return output;
    }

    private void report(Symbol symbol, SourceError error) {
        Origin at = symbol.definedAt();
        String message = "symbol `" + symbol.name() + "`: " + error.getMessage();
        Diagnostic diagnostic = at == null
                ? new Diagnostic(fileName, 1, 1, message, List.of())
                : new Diagnostic(at.file(), at.line(), 1, message, at.trail());
        if (!diagnostics.contains(diagnostic)) diagnostics.add(diagnostic);
    }

    private Assembly.Symbol assemblySymbol(Symbol symbol) {
        SymbolAttributes attributes = symbol.attributes();
        Expression value = symbol.value();
        Section section = value == null ? null : evaluator.sectionOf(value);
        Expression size = attributes.size();
        return new Assembly.Symbol(
                symbol.name(),
                value == null ? 0 : evaluator.value(value),
                section == null ? null : section.name(),
                attributes.binding().ordinal(),
                attributes.type(),
                attributes.visibility(),
                size == null ? 0 : evaluator.value(size),
                value != null);
    }

    private SortedMap<String, Long> symbolValues() {
        SortedMap<String, Long> values = new TreeMap<>();
        for (Symbol symbol : symbols.all()) {
            Expression value = symbol.value();
            if (value == null || SymbolTable.isLocal(symbol)) continue;
            try {
                values.put(symbol.name(), evaluator.value(value));
            } catch (SourceError e) {
                report(symbol, e);
            }
        }
        return values;
    }

    private SortedMap<Long, Program.SourceLine> sourceMap() {
        Map<Long, Program.SourceLine> lines = new LinkedHashMap<>();
        for (AssemblyRun.LineMark mark : marks) {
            if (mark.isEmpty() || !mark.start().section().allocated()) continue;
            lines.put(mark.start().address(), mark.statement().origin().sourceLine());
        }
        return new TreeMap<>(lines);
    }

    private List<Assembly.Line> lines() {
        List<Assembly.Line> lines = new ArrayList<>();
        for (AssemblyRun.LineMark mark : marks) {
            Section section = mark.start().section();
            byte[] all = contents.get(section);
            byte[] bytes = all == null || mark.isEmpty()
                    ? new byte[0]
                    : Arrays.copyOfRange(all, offset(mark.start()), offset(mark.end()));
            Origin origin = mark.statement().origin();
            lines.add(new Assembly.Line(
                    origin.file(),
                    origin.line(),
                    mark.statement().column(),
                    origin.text(),
                    origin.macro(),
                    bytes.length == 0 ? null : section.name(),
                    mark.start().address(),
                    bytes));
        }
        return lines;
    }

    private static int offset(Location location) {
        return (int) (location.fragment().offset() + location.offset());
    }
}
