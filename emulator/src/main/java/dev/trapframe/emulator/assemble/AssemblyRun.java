package dev.trapframe.emulator.assemble;

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
    private final Budget budget;
    private final SymbolTable symbols = new SymbolTable();
    private final Sections sections;
    private final Conditionals conditionals = new Conditionals();
    private final ConditionDirectives conditions;
    private final SymbolDirectives symbolDirectives;
    private final PaddingDirectives paddings;
    private final LineFeed feed;
    private final MacroDirectives macros;
    private final InstructionAssembler instructions;
    private final ExpressionParser expressions;
    private final Map<String, Directive> directives = new HashMap<>();
    private final List<Diagnostic> diagnostics = new ArrayList<>();
    private final List<Diagnostic> warnings = new ArrayList<>();
    private final List<LineMark> marks = new ArrayList<>();
    private final Map<String, List<String>> texts = new HashMap<>();
    private int sourceChars;

    /** A statement, and what it wrote; nothing if both ends are the same. */
    record LineMark(Location start, Location end, Statement statement) {

        boolean isEmpty() {
            return start.equals(end);
        }
    }

    AssemblyRun(MnemonicTables tables, AssemblerOptions options) {
        this.options = options;
        budget = new Budget(options.maxStatements(), options.maxOutputBytes());
        sections = new Sections(options.sectionBases().keySet(), budget);
        expressions = new ExpressionParser(symbols, sections);
        conditions = new ConditionDirectives(conditionals, expressions, symbols);
        symbolDirectives = new SymbolDirectives(expressions, symbols, sections);
        paddings = new PaddingDirectives(expressions, sections, options.maxOutputBytes());
        feed = new LineFeed(options.maxMacroDepth(), this::leaveMacro);
        macros = new MacroDirectives(feed, expressions, conditionals, budget, options.maxStatements());
        instructions = new InstructionAssembler(tables, expressions, sections);
        instructions.syntax(options.intelSyntax(), options.intelSyntax());
        registerDirectives();
    }

    private void registerDirectives() {
        new DataDirectives(expressions, sections).register(directives);
        paddings.register(directives);
        new SectionDirectives(sections, expressions).register(directives);
        symbolDirectives.register(directives);
        macros.register(directives);
        new ModeDirectives(instructions).register(directives);
        directives.put(".include", (scanner, statement) -> include(scanner, statement));
        directives.put(".end", (scanner, statement) -> feed.stop());
        directives.put(".error", (scanner, statement) -> {
            throw new SourceError(scanner.atEnd() ? "`.error` was reached" : scanner.string());
        });
        directives.put(".err", (scanner, statement) -> {
            throw new SourceError("`.err` was reached");
        });
        directives.put(".warning", (scanner, statement) -> warn(scanner, statement, "warning: "));
        directives.put(".print", (scanner, statement) -> warn(scanner, statement, "note: "));
    }

    private void warn(Scanner scanner, Statement statement, String kind) {
        String text = scanner.atEnd() ? "`.warning` was reached" : scanner.string();
        if (warnings.size() < options.maxDiagnostics()) {
            warnings.add(diagnostic(statement, new SourceError(kind + text)));
        }
    }

    /** Everything that was found, ready to be made into a program or more. */
    AssemblyComposer assemble(String fileName, String source) {
        try {
            feed.push(read(fileName, source, List.of()).iterator(), false, 0);
            statements();
            reportOpenConditions(0);
            symbolDirectives.placeCommons();
        } catch (SourceError e) {
            diagnostics.add(new Diagnostic(fileName, 1, 1, e.getMessage(), List.of()));
        }
        if (!diagnostics.isEmpty()) throw new AssemblyFailed(diagnostics);
        Layout layout = new Layout(sections, symbols, options, budget, marks);
        Map<Section, byte[]> contents = layout.contents();
        return new AssemblyComposer(fileName, contents, symbols, layout.evaluator(), marks, warnings, texts);
    }

    private List<Statement> read(String fileName, String text, List<String> trail) {
        sourceChars += text.length();
        if (sourceChars > options.maxSourceChars()) {
            throw SourceError.last(
                    "the source has more than " + options.maxSourceChars() + " characters, includes counted");
        }
        texts.putIfAbsent(fileName, text.lines().toList());
        return LineFeed.statementsOf(fileName, text, trail);
    }

    /** A macro or a file has come to its end with conditions open that began in it. */
    private void leaveMacro(int depth) {
        reportOpenConditions(depth);
        conditionals.unwind(depth);
    }

    private void reportOpenConditions(int depth) {
        if (conditionals.depth() <= depth) return;
        Statement statement = conditionals.innermost();
        if (statement != null) {
            diagnostics.add(diagnostic(statement, new SourceError("`.endif` is missing for this condition")));
        }
    }

    private void statements() {
        for (Statement statement = feed.next(); statement != null; statement = feed.next()) {
            try {
                budget.statement();
                execute(statement);
            } catch (SourceError e) {
                diagnostics.add(diagnostic(statement, e));
                if (diagnostics.size() >= options.maxDiagnostics() || e.isLast()) {
                    conditionals.unwind(0);
                    return;
                }
            }
        }
    }

    static Diagnostic diagnostic(Statement statement, SourceError error) {
        int start = 0;
        while (start < statement.text().length()
                && Character.isWhitespace(statement.text().charAt(start))) start++;
        int column = error.column() == SourceError.STATEMENT ? start : error.column();
        return statement.origin().diagnostic(statement.sourceColumn(column), error.getMessage());
    }

    private void execute(Statement statement) {
        Scanner scanner = new Scanner(statement.text());
        if (scanner.atEnd()) return;
        if (!conditionals.active()) {
            String word = scanner.peek() == '"' ? "" : scanner.symbol().toLowerCase(Locale.ROOT);
            conditions.execute(word, scanner, statement);
            return;
        }
        Sections.Place place = sections.place();
        Location before = place.section().here();
        try {
            executeActive(scanner, statement);
        } finally {
            boolean same = place.equals(sections.place());
            marks.add(new LineMark(before, same ? place.section().here() : before, statement));
        }
    }

    private void executeActive(Scanner scanner, Statement statement) {
        while (label(scanner, statement)) {
            if (scanner.atEnd()) return;
        }
        if (scanner.peek() == '{') {
            instructions.assemble(scanner, statement);
            return;
        }
        int start = scanner.position();
        String word = scanner.symbol();
        if (word.isEmpty()) throw scanner.error("mnemonic, directive or label expected" + scanner.found());
        if (scanner.peek() == '=') assign(word, start, scanner, statement);
        else run(word, start, scanner, statement);
    }

    private void assign(String name, int column, Scanner scanner, Statement statement) {
        boolean once = scanner.take("==");
        if (!once) scanner.expect("=");
        if (name.equals(".")) {
            scanner.skipBlanks();
            int goalColumn = scanner.position();
            paddings.org(expressions.parse(scanner), goalColumn, (byte) 0, statement);
        } else {
            symbolDirectives.assign(name, column, scanner, statement, once);
        }
        scanner.expectEnd();
    }

    private boolean label(Scanner scanner, Statement statement) {
        int start = scanner.position();
        scanner.skipBlanks();
        int wordStart = scanner.position();
        String name = scanner.current() == '"' ? scanner.string() : scanner.symbolOrNumber();
        boolean segment =
                name.length() == 2 && name.endsWith("s") && scanner.rest().startsWith(":(");
        if (name.isEmpty() || segment || !scanner.take(":")) {
            scanner.position(start);
            return false;
        }
        define(name, wordStart, statement);
        return true;
    }

    private void define(String name, int column, Statement statement) {
        Location here = sections.current().here();
        if (name.chars().allMatch(c -> c >= '0' && c <= '9')) {
            symbols.defineLocal(ExpressionParser.localNumber(name, column)).defineLabel(here, statement.origin());
            return;
        }
        if (Character.isDigit(name.charAt(0)) || name.equals(".")) {
            throw new SourceError(column, "`" + name + "` is no name for a label");
        }
        Symbol symbol = symbols.get(name);
        if (symbol.isDefined() || symbol.common() != null) throw SymbolDirectives.defined(symbol, column);
        symbol.defineLabel(here, statement.origin());
    }

    private void run(String word, int start, Scanner scanner, Statement statement) {
        String lower = word.toLowerCase(Locale.ROOT);
        if (lower.startsWith(".") && directive(lower, scanner, statement)) return;
        Macro macro = macros.find(word);
        if (macro != null) {
            macros.call(macro, scanner, statement);
        } else if (lower.startsWith(".")) {
            throw new SourceError(start, "unknown directive `" + word + "`" + Suggestion.of(word, knownDirectives()));
        } else if (instructions.knows(lower)) {
            scanner.position(start);
            instructions.assemble(scanner, statement);
        } else {
            throw unknown(lower, start);
        }
    }

    private Set<String> knownDirectives() {
        Set<String> known = new TreeSet<>(directives.keySet());
        known.addAll(Conditionals.OPENERS);
        known.addAll(List.of(".else", ".elseif", ".endif"));
        return known;
    }

    private SourceError unknown(String word, int start) {
        String elsewhere = instructions.elsewhere(word);
        if (!elsewhere.isEmpty()) return new SourceError(start, "`" + word + "` " + elsewhere);
        Set<String> known = instructions.words();
        known.addAll(macros.names());
        return new SourceError(start, "unknown mnemonic `" + word + "`" + Suggestion.of(word, known));
    }

    /** False if there is no such directive. */
    private boolean directive(String word, Scanner scanner, Statement statement) {
        if (conditions.execute(word, scanner, statement)) return true;
        if (ModeDirectives.isCallFrame(word)) return true;
        Directive directive = directives.get(word);
        if (directive == null) return false;
        directive.execute(scanner, statement);
        scanner.expectEnd();
        return true;
    }

    private void include(Scanner scanner, Statement statement) {
        scanner.skipBlanks();
        int column = scanner.position();
        String name = scanner.string();
        scanner.expectEnd();
        Optional<String> text = options.includes().resolve(name);
        if (text.isEmpty()) {
            throw new SourceError(column, "`" + name + "` cannot be included: there is no such file here");
        }
        List<String> trail = new ArrayList<>();
        trail.add("file included at " + statement.origin().file() + ":"
                + statement.origin().line());
        trail.addAll(statement.origin().trail());
        feed.push(read(name, text.get(), trail).iterator(), false, conditionals.depth());
    }
}
