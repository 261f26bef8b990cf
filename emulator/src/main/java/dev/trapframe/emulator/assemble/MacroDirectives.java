package dev.trapframe.emulator.assemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Macros and repetitions. */
final class MacroDirectives {

    private static final Set<String> MACRO = Set.of(".macro");
    private static final Set<String> REPEATS = Set.of(".rept", ".irp", ".irpc");

    private final LineFeed feed;
    private final ExpressionParser expressions;
    private final Conditionals conditionals;
    private final int maxStatements;
    private final Map<String, Macro> macros = new HashMap<>();
    private int expansions;

    MacroDirectives(LineFeed feed, ExpressionParser expressions, Conditionals conditionals, int maxStatements) {
        this.feed = feed;
        this.expressions = expressions;
        this.conditionals = conditionals;
        this.maxStatements = maxStatements;
    }

    void register(Map<String, Directive> directives) {
        directives.put(".macro", (scanner, statement) -> define(scanner));
        directives.put(".purgem", (scanner, statement) -> macros.remove(scanner.requiredSymbol("macro name")));
        directives.put(".exitm", (scanner, statement) -> conditionals.unwind(feed.exitMacro()));
        directives.put(".rept", this::repeat);
        directives.put(".irp", (scanner, statement) -> eachValue(scanner, statement, false));
        directives.put(".irpc", (scanner, statement) -> eachValue(scanner, statement, true));
        directives.put(".endm", (scanner, statement) -> {
            throw new SourceError(".endm without .macro");
        });
        directives.put(".endr", (scanner, statement) -> {
            throw new SourceError(".endr without .rept, .irp or .irpc");
        });
    }

    Set<String> names() {
        return macros.keySet();
    }

    @Nullable
    Macro find(String name) {
        return macros.get(name.toLowerCase(Locale.ROOT));
    }

    void call(Macro macro, Scanner scanner, Statement statement) {
        String arguments = scanner.takeRest();
        Origin at = statement.origin();
        RawLine call = new RawLine(at.file(), at.line(), at.text(), at.macro(), at.trail());
        feed.push(macro.expand(arguments, expansions++, call), true, conditionals.depth());
    }

    private void define(Scanner scanner) {
        SourceError failure = null;
        String name = "";
        List<Macro.Parameter> parameters = List.of();
        try {
            name = scanner.requiredSymbol("macro name");
            scanner.take(",");
            parameters = parameters(scanner);
        } catch (SourceError e) {
            failure = e;
        }
        List<RawLine> body = feed.body(MACRO, ".endm");
        if (failure != null) throw failure;
        macros.put(name.toLowerCase(Locale.ROOT), new Macro(name, parameters, body));
    }

    private static List<Macro.Parameter> parameters(Scanner scanner) {
        List<Macro.Parameter> parameters = new ArrayList<>();
        while (!scanner.atEnd()) {
            String name = scanner.requiredSymbol("parameter");
            String kind = scanner.take(":") ? scanner.requiredSymbol("`req` or `vararg`") : "";
            if (!kind.isEmpty() && !kind.equals("req") && !kind.equals("vararg")) {
                throw scanner.error("a parameter is `req` or `vararg`, not `" + kind + "`");
            }
            String value = scanner.take("=") ? defaultValue(scanner) : "";
            parameters.add(new Macro.Parameter(name, value, kind.equals("req"), kind.equals("vararg")));
            scanner.take(",");
        }
        return parameters;
    }

    private static String defaultValue(Scanner scanner) {
        if (scanner.peek() == '"') return scanner.string();
        int start = scanner.position();
        String text = scanner.text();
        int end = start;
        while (end < text.length() && text.charAt(end) != ',' && !Character.isWhitespace(text.charAt(end))) end++;
        scanner.position(end);
        return text.substring(start, end);
    }

    private void repeat(Scanner scanner, Statement statement) {
        SourceError failure = null;
        long count = 0;
        try {
            count = expressions.constant(scanner, "the repeat count");
        } catch (SourceError e) {
            failure = e;
        }
        List<RawLine> body = feed.body(REPEATS, ".endr");
        if (failure != null) throw failure;
        if (count * Math.max(1, body.size()) > maxStatements || count > maxStatements) {
            throw new SourceError("repeated " + count + " times, this is more than " + maxStatements + " statements");
        }
        List<RawLine> lines = new ArrayList<>();
        for (long i = 0; i < count; i++) lines.addAll(body);
        feed.push(lines, false, 0);
    }

    private void eachValue(Scanner scanner, Statement statement, boolean characters) {
        String name = scanner.symbol();
        scanner.take(",");
        String rest = scanner.takeRest();
        List<RawLine> body = feed.body(REPEATS, ".endr");
        if (name.isEmpty()) throw new SourceError("symbol expected");
        List<RawLine> lines = new ArrayList<>();
        for (String value : values(rest, characters)) {
            for (RawLine line : body) {
                lines.add(line.withText(Substitution.apply(line.text(), Map.of(name, value), expansions)));
            }
        }
        feed.push(lines, false, 0);
    }

    private static List<String> values(String text, boolean characters) {
        if (!characters) {
            List<String> values = MacroArguments.split(text).stream()
                    .map(MacroArguments.Argument::whole)
                    .toList();
            return values.isEmpty() ? List.of("") : values;
        }
        return text.chars().mapToObj(c -> String.valueOf((char) c)).toList();
    }
}
