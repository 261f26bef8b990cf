package dev.trapframe.emulator.assemble;

import dev.trapframe.emulator.api.Program;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** One run over one source: reads statement by statement, collects errors, then computes the layout. */
final class AssemblyRun {

    private final AssemblerOptions options;
    private final SymbolTable symbols = new SymbolTable();
    private final Sections sections;
    private final ExpressionParser expressions;
    private final Conditionals conditionals = new Conditionals();
    private final ConditionDirectives conditions;
    private final SymbolDirectives symbolDirectives;
    private final LineFeed feed;
    private final MacroDirectives macros;
    private final InstructionAssembler instructions;
    private final Map<String, Directive> directives = new HashMap<>();
    private final List<Diagnostic> diagnostics = new ArrayList<>();
    private final List<LineMark> marks = new ArrayList<>();
    private int sourceChars;
    private int statements;

    /** A statement that wrote something. */
    record LineMark(Location location, Statement statement) {}

    AssemblyRun(FormNames attNames, FormNames intelNames, AssemblerOptions options) {
        this.options = options;
        sections = new Sections(options.sectionBases().keySet());
        expressions = new ExpressionParser(symbols, sections);
        conditions = new ConditionDirectives(conditionals, expressions, symbols);
        symbolDirectives = new SymbolDirectives(expressions, symbols);
        feed = new LineFeed(options.maxMacroDepth());
        macros = new MacroDirectives(feed, expressions, conditionals, options.maxStatements());
        instructions = new InstructionAssembler(attNames, intelNames, expressions, sections);
        new DataDirectives(expressions, sections, options.maxOutputBytes()).register(directives);
        new SectionDirectives(sections).register(directives);
        symbolDirectives.register(directives);
        macros.register(directives);
        directives.put(".include", (scanner, statement) -> include(scanner.string(), statement));
        directives.put(".intel_syntax", (scanner, statement) -> syntax(scanner, true));
        directives.put(".att_syntax", (scanner, statement) -> syntax(scanner, false));
        directives.put(".end", (scanner, statement) -> stop());
    }

    Program assemble(String fileName, String source) {
        try {
            count(source);
            feed.push(LineFeed.linesOf(fileName, source, List.of()), false, 0);
            statements();
            if (conditionals.depth() > 0) report(fileName, source, "`.endif` is missing at the end of the source");
        } catch (SourceError e) {
            diagnostics.add(new Diagnostic(fileName, 1, 1, e.getMessage(), List.of()));
        }
        if (!diagnostics.isEmpty()) throw new AssemblyFailed(diagnostics);
        Layout layout = new Layout(sections, symbols, options, marks);
        return layout.program();
    }

    private void report(String fileName, String source, String message) {
        int lines = (int) source.lines().count();
        diagnostics.add(new Diagnostic(fileName, Math.max(1, lines), 1, message, List.of()));
    }

    private void count(String text) {
        sourceChars += text.length();
        if (sourceChars > options.maxSourceChars()) {
            throw new SourceError(
                    "the source has more than " + options.maxSourceChars() + " characters, includes counted");
        }
    }

    private void statements() {
        for (Statement statement = feed.next(); statement != null; statement = feed.next()) {
            try {
                if (++statements > options.maxStatements()) {
                    throw new SourceError("more than " + options.maxStatements() + " statements, expansions counted");
                }
                execute(statement);
            } catch (SourceError e) {
                diagnostics.add(diagnostic(statement, e));
                if (diagnostics.size() >= options.maxDiagnostics() || statements > options.maxStatements()) return;
            }
        }
    }

    static Diagnostic diagnostic(Statement statement, SourceError error) {
        int start = 0;
        while (start < statement.text().length()
                && Character.isWhitespace(statement.text().charAt(start))) start++;
        int column = error.column() == SourceError.STATEMENT ? start : error.column();
        return statement.origin().diagnostic(statement.column() + column, error.getMessage());
    }

    private void execute(Statement statement) {
        Scanner scanner = new Scanner(statement.text());
        if (scanner.atEnd()) return;
        if (!conditionals.active()) {
            conditions.execute(scanner.symbol().toLowerCase(Locale.ROOT), scanner);
            return;
        }
        while (label(scanner)) {
            if (scanner.atEnd()) return;
        }
        int start = scanner.position();
        String word = scanner.symbol();
        if (word.isEmpty()) throw scanner.error("mnemonic, directive or label expected" + scanner.found());
        if (scanner.peek() == '=' && !scanner.startsWith("==")) {
            scanner.expect("=");
            symbolDirectives.assign(word, scanner);
            scanner.expectEnd();
            return;
        }
        run(word, start, scanner, statement);
    }

    private boolean label(Scanner scanner) {
        int start = scanner.position();
        scanner.skipBlanks();
        int wordStart = scanner.position();
        while (Scanner.isSymbolPart(scanner.current())) scanner.position(scanner.position() + 1);
        String name = scanner.text().substring(wordStart, scanner.position());
        boolean segment =
                name.length() == 2 && name.endsWith("s") && scanner.rest().startsWith(":(");
        if (name.isEmpty() || segment || !scanner.take(":")) {
            scanner.position(start);
            return false;
        }
        define(name, wordStart);
        return true;
    }

    private void define(String name, int column) {
        Location here = sections.current().here();
        if (name.chars().allMatch(Character::isDigit)) {
            symbols.defineLocal(Long.parseLong(name)).defineLabel(here);
            return;
        }
        if (Character.isDigit(name.charAt(0))) throw new SourceError(column, "`" + name + "` is no name for a label");
        Symbol symbol = symbols.get(name);
        if (symbol.isDefined()) throw new SourceError(column, "symbol `" + name + "` is defined already");
        symbol.defineLabel(here);
    }

    private void run(String word, int start, Scanner scanner, Statement statement) {
        String lower = word.toLowerCase(Locale.ROOT);
        Macro macro = macros.find(word);
        if (macro != null) {
            macros.call(macro, scanner, statement);
            return;
        }
        Location before = sections.current().here();
        if (lower.startsWith(".")) directive(lower, start, scanner, statement);
        else instruction(lower, start, scanner, statement);
        mark(before, statement);
    }

    private void directive(String word, int start, Scanner scanner, Statement statement) {
        if (conditions.execute(word, scanner)) return;
        Directive directive = directives.get(word);
        if (directive == null) {
            Set<String> known = new TreeSet<>(directives.keySet());
            known.addAll(Conditionals.OPENERS);
            known.addAll(List.of(".else", ".elseif", ".endif"));
            throw new SourceError(start, "unknown directive `" + word + "`" + Suggestion.of(word, known));
        }
        directive.execute(scanner, statement);
        scanner.expectEnd();
    }

    private void instruction(String word, int start, Scanner scanner, Statement statement) {
        if (!instructions.knows(word)) {
            Set<String> known = instructions.words();
            known.addAll(macros.names());
            throw new SourceError(start, "unknown mnemonic `" + word + "`" + Suggestion.of(word, known));
        }
        instructions.assemble(word, scanner, statement);
    }

    private void mark(Location before, Statement statement) {
        Location after = sections.current().here();
        if (after.section() == before.section() && !after.equals(before)) marks.add(new LineMark(before, statement));
    }

    private void include(String name, Statement statement) {
        Optional<String> text = options.includes().resolve(name);
        if (text.isEmpty()) throw new SourceError("`" + name + "` cannot be included: there is no such file here");
        count(text.get());
        List<String> trail = new ArrayList<>();
        trail.add("file included at " + statement.origin().file() + ":"
                + statement.origin().line());
        trail.addAll(statement.origin().trail());
        feed.push(LineFeed.linesOf(name, text.get(), trail), false, 0);
    }

    private void syntax(Scanner scanner, boolean intel) {
        String rest = scanner.takeRest();
        if (intel && !rest.equals("noprefix")) throw new SourceError("only `.intel_syntax noprefix` is supported");
        if (!intel && !rest.isEmpty() && !rest.equals("prefix")) {
            throw new SourceError("only `.att_syntax` with prefix is supported");
        }
        instructions.intelSyntax(intel);
    }

    private void stop() {
        Statement next = feed.next();
        while (next != null) next = feed.next();
    }
}
